import { problem, type Problem } from '@tandem/contract'

type Schema<T> = { parse(value: unknown): T }

/** A header that is `null` is not sent. */
type Sent = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string | null>> }

/** What came back, refused or not. */
export type Answer = { readonly status: number; readonly body: unknown }

/**
 * The HTTP API as an outsider uses it: with a key or a session's token, checked against the published contract.
 */
export class Api {
  readonly address: string
  readonly #token: string | undefined

  constructor(address: string, token?: string) {
    this.address = address
    this.#token = token
  }

  async get<T>(path: string, schema: Schema<T>): Promise<T> {
    return schema.parse(expectOk(await this.ask('GET', path), `GET ${path}`))
  }

  async post<T>(path: string, body: unknown, schema: Schema<T>): Promise<T> {
    return schema.parse(expectOk(await this.ask('POST', path, { body }), `POST ${path}`))
  }

  /** For what must be refused: the problem, checked against its schema. */
  async refused(path: string, body: unknown): Promise<Problem> {
    const answer = await this.ask('POST', path, { body })
    if (answer.status < 400) throw new Error(`POST ${path} was not refused: ${JSON.stringify(answer.body)}`)
    return problem.parse(answer.body)
  }

  async ask(method: string, path: string, { body, headers = {} }: Sent = {}): Promise<Answer> {
    const given = {
      authorization: this.#token === undefined ? null : `Bearer ${this.#token}`,
      'content-type': body === undefined ? null : 'application/json',
      'idempotency-key': method === 'POST' && /\/(calls|grants)$/.test(path) ? crypto.randomUUID() : null,
      ...headers,
    }
    const response = await fetch(`${this.address}${path}`, {
      method,
      headers: Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== null),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) }
  }
}

function expectOk({ status, body }: Answer, what: string): unknown {
  if (status >= 400) throw new Error(`${what} answered ${status}: ${JSON.stringify(body)}`)
  return body
}

/** A member's own session, as a program holds it. */
export async function signIn(address: string, login: string, password: string): Promise<Api> {
  const answer = await new Api(address).ask('POST', '/api/session', { body: { login, password, token: true } })
  const { token } = expectOk(answer, 'sign-in') as { token?: string }
  if (token === undefined) throw new Error('POST /api/session gave no token')
  return new Api(address, token)
}
