/** Why the system does not start, in words for the person at the terminal: what is wrong and what to do. */
export class StartRefused extends Error {
  override name = 'StartRefused'
}
