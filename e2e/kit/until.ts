/**
 * Asks ten times a second until there is an answer that is neither `null`, `undefined` nor `false`, and gives it. A
 * question that throws is asked again; its last error is told when the time is over. `what` says in words what was
 * waited for, for the person who reads the failure.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<Exclude<T, null | undefined | false>> {
  const givenUpAt = Date.now() + timeoutMs
  let cause: unknown
  for (;;) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch((fault: unknown) => {
        cause = fault
        return undefined
      })
    if (answer !== null && answer !== undefined && answer !== false)
      return answer as Exclude<T, null | undefined | false>
    if (Date.now() > givenUpAt) throw new Error(`waited ${timeoutMs / 1000} s for: ${what}`, { cause })
    await nextLook()
  }
}

function nextLook(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 100)
  })
}
