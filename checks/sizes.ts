import type { Fault } from './fault.ts'
import { isCode, isGenerated, lineAt, visit, type Source } from './sources.ts'

/** style.md, "Sizes". All inclusive. */
const LIMITS = { functionLines: 60, componentLines: 120, fileLines: 400, parameters: 3 } as const

const DATA_TABLE = /(-table\.ts|\/ari-types\.ts)$/
const SQL = /^\s*(--|select|insert|update|delete|with|create|alter|drop|grant|revoke|do|begin|set)\b/i

/** Functions, files and parameter lists that are too long. SQL, generated files and plain data tables do not count. */
export function sizeFaults(sources: readonly Source[]): readonly Fault[] {
  return sources
    .filter((source) => isCode(source) || source.path.endsWith('.sh'))
    .filter((source) => !DATA_TABLE.test(source.path) && !isGenerated(source))
    .flatMap((source) => (isCode(source) ? codeFaults(source) : fileFaults(source, [])))
}

function codeFaults(source: Source): readonly Fault[] {
  const sql = sqlSpans(source)
  return [...fileFaults(source, sql), ...functionsOf(source).flatMap((found) => functionFaults(source, found, sql))]
}

function fileFaults(source: Source, sql: readonly Span[]): readonly Fault[] {
  const lines = countedLines(source, { start: 0, end: source.text.trimEnd().length }, sql)
  return lines <= LIMITS.fileLines
    ? []
    : [{ file: source.path, line: 1, message: `file has ${lines} lines (limit ${LIMITS.fileLines})` }]
}

type Span = { readonly start: number; readonly end: number }
type FoundFunction = Span & { readonly name: string; readonly parameters: number }

function functionFaults(source: Source, found: FoundFunction, sql: readonly Span[]): readonly Fault[] {
  const isComponent = source.path.endsWith('.tsx') && /^[A-Z]/.test(found.name)
  const limit = isComponent ? LIMITS.componentLines : LIMITS.functionLines
  const lines = countedLines(source, found, sql)
  const tooMany = [
    ...(lines > limit ? [`has ${lines} lines (limit ${limit})`] : []),
    ...(found.parameters > LIMITS.parameters
      ? [`has ${found.parameters} parameters (limit ${LIMITS.parameters}, then one named object)`]
      : []),
  ]
  const at = lineAt(source.text, found.start)
  return tooMany.map((what) => ({
    file: source.path,
    line: at,
    message: `function ${found.name || '(unnamed)'} ${what}`,
  }))
}

function countedLines(source: Source, span: Span, sql: readonly Span[]): number {
  const linesOf = ({ start, end }: Span): number => source.text.slice(start, end).split('\n').length
  const inner = sql.filter(({ start, end }) => start >= span.start && end <= span.end)
  return linesOf(span) - inner.reduce((sum, one) => sum + linesOf(one) - 1, 0)
}

function functionsOf(source: Source): readonly FoundFunction[] {
  const found: FoundFunction[] = []
  const names = new Map<number, string>()
  type Node = Span & {
    readonly id?: { readonly name: string } | null
    readonly params: readonly { readonly type: string }[]
  }
  const take = (node: Node): void => {
    const parameters = node.params.filter((parameter) => !isThis(parameter)).length
    found.push({ start: node.start, end: node.end, name: node.id?.name ?? names.get(node.start) ?? '', parameters })
  }
  visit(source, {
    VariableDeclarator: ({ id, init }) => {
      if (id.type !== 'Identifier' || init === null) return
      const wrapped = init.type === 'CallExpression' ? init.arguments[0] : init
      if (wrapped !== undefined) names.set(wrapped.start, id.name)
    },
    MethodDefinition: ({ key, value }) => {
      if (key.type === 'Identifier') names.set(value.start, key.name)
    },
    Property: ({ key, value }) => {
      if (key.type === 'Identifier') names.set(value.start, key.name)
    },
    FunctionDeclaration: take,
    FunctionExpression: take,
    ArrowFunctionExpression: take,
  })
  return found
}

const isThis = (parameter: object): boolean => 'name' in parameter && parameter.name === 'this'

/** Template strings that are SQL: tagged `sql`, or beginning with one of its verbs. */
function sqlSpans(source: Source): readonly Span[] {
  const spans: Span[] = []
  visit(source, {
    TemplateLiteral: ({ start, end, quasis }) => {
      const isTagged = /\bsql(<[^`]*>)?$/.test(source.text.slice(Math.max(0, start - 200), start))
      if (isTagged || SQL.test(quasis[0]?.value.raw ?? '')) spans.push({ start, end })
    },
  })
  return spans.filter((one) => !spans.some((other) => other !== one && other.start < one.start && other.end > one.end))
}
