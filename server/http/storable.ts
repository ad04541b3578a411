import type { FastifyInstance } from 'fastify'
import { badRequest } from './problem.ts'

/** Postgres's `text` and `jsonb` hold no NUL and no half of a surrogate pair: told before anything is done. */
export function refuseUnstorableText(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ body, query, params, headers }) => {
    const key = headers['idempotency-key']
    for (const [where, value] of Object.entries({ body, query, params, key })) {
      const path = unstorableIn(value, where)
      if (path !== undefined) throw badRequest(path, 'has a character that is no text')
    }
  })
}

/** Where it is, as a dotted path; a body's nesting is bounded by its size. */
function unstorableIn(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const found = isStorable(name) ? unstorableIn(inner, `${path}.${name}`) : path
    if (found !== undefined) return found
  }
  return undefined
}

export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
