import { request } from 'node:http'
import type { SipSockets } from '#identity'

type Parts = {
  /** Where the edge listens for us: a Unix socket. */
  readonly controlSocket: string
  readonly timers: { after(ms: number, run: () => void): () => void }
  readonly log: { warn(details: object, message: string): void }
}

const AGAIN_AFTER_MS = 500
const PATIENCE_MS = 2_000

/** `POST /close` on the edge's control socket, until it has been taken. */
export function createSipSockets({ controlSocket, timers, log }: Parts): SipSockets {
  const closeUntilDone = async (sipUsers: readonly string[]): Promise<void> => {
    try {
      await post(controlSocket, { sipUsers })
    } catch (error) {
      log.warn({ err: error }, 'the edge did not close the sockets of ended sessions, tried again')
      timers.after(AGAIN_AFTER_MS, () => void closeUntilDone(sipUsers))
    }
  }
  return { close: (sipUsers) => (sipUsers.length === 0 ? Promise.resolve() : closeUntilDone(sipUsers)) }
}

function post(socketPath: string, body: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath, method: 'POST', path: '/close', headers: { 'content-type': 'application/json' } },
      (answer) => {
        answer.resume()
        answer.once('error', reject)
        answer.once('end', () =>
          answer.statusCode === 200 ? resolve() : reject(new Error(`the edge answered ${answer.statusCode}`)),
        )
      },
    )
    asked.setTimeout(PATIENCE_MS, () => asked.destroy(new Error('the edge does not answer')))
    asked.once('error', reject)
    asked.end(JSON.stringify(body))
  })
}
