import type { FastifyInstance } from 'fastify'
import { ProblemAnswer } from './problem.ts'

/** Deeper than anything of the contract, and shallow enough for whatever walks over it. */
const DEEPEST = 32

/** JSON is measured before it is read: whoever walks over a body may do so by recursion. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (isDeeperThan(DEEPEST, text))
      return done(new ProblemAnswer('bad-request', { detail: `nested deeper than ${DEEPEST}` }))
    // Programs say JSON of every request, whether it has a body or not.
    if (text === '') return done(null, undefined)
    return parse(request, text, done)
  })
}

/** Counts brackets that are open at once, without those in strings; a text that is no JSON is the parser's to refuse. */
function isDeeperThan(limit: number, text: string): boolean {
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    if (depth > limit) return true
  }
  return false
}
