import type { Fault } from './fault.ts'
import { isCode, isTest, lineAt, visit, type Source } from './sources.ts'

const RUNNERS = new Set(['it', 'test', 'describe', 'suite', 'bench'])
const SWITCHES = new Set(['only', 'skip', 'todo', 'skipIf', 'runIf'])

/** Where waiting for a condition is written down: it pauses between two looks. */
const CONDITION_LOOP = 'e2e/kit/until.ts'

/** style.md 21: no sleeps (wait for a condition or move the virtual clock), no skips, nothing singled out. */
export const testHabitFaults = (sources: readonly Source[]): readonly Fault[] =>
  sources
    .filter((source) => isCode(source) && isTest(source))
    .flatMap((source) => [...switches(source), ...sleeps(source)])

function switches(source: Source): readonly Fault[] {
  const faults: Fault[] = []
  visit(source, {
    MemberExpression: ({ object, property, start }) => {
      if (object.type !== 'Identifier' || !RUNNERS.has(object.name)) return
      if (property.type === 'Identifier' && SWITCHES.has(property.name))
        faults.push(fault(source, start, `${object.name}.${property.name}: a part that is missing fails the run`))
    },
    CallExpression: ({ callee, start }) => {
      if (callee.type === 'Identifier' && /^(xit|xtest|xdescribe|fit|fdescribe)$/.test(callee.name))
        faults.push(fault(source, start, `${callee.name}: no test is switched off or singled out`))
    },
  })
  return faults
}

function sleeps(source: Source): readonly Fault[] {
  if (source.path === CONDITION_LOOP) return []
  const faults: Fault[] = []
  const sleep = (start: number): void => {
    faults.push(fault(source, start, 'sleeps: wait for a condition or move the clock'))
  }
  visit(source, {
    ImportDeclaration: ({ source: module, start }) => {
      if (/^(node:)?timers\/promises$/.test(module.value)) sleep(start)
    },
    CallExpression: ({ callee, start }) => {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
      if (callee.property.name === 'waitForTimeout') sleep(start)
    },
    ArrowFunctionExpression: ({ body, start }) => {
      if (isClockAlone(source.text.slice(body.start, body.end))) sleep(start)
    },
    NewExpression: ({ callee, start, end }) => {
      if (callee.type !== 'Identifier' || callee.name !== 'Promise') return
      if (isBareTimer(source.text.slice(start, end))) sleep(start)
    },
  })
  return faults
}

/** `until('…', () => Date.now() > later)`: a condition that nothing but time fulfils. */
const isClockAlone = (text: string): boolean =>
  /^(?:expect\()?(?:Date|performance)\.now\(\)(?: - \w+\)\.\w+\(|\s*[<>]=?)[^&|]*$/.test(text)

/** `new Promise((done) => setTimeout(done, 500))`, with or without braces. A time limit that rejects is no sleep. */
const isBareTimer = (text: string): boolean => {
  const [, resolve, rest] = /^new Promise(?:<[^(]*>)?\(\s*\(?(\w+)\)?\s*=>\s*([\s\S]*)\)$/.exec(text) ?? []
  if (resolve === undefined || rest === undefined) return false
  return new RegExp(`^\\{?\\s*(?:void )?setTimeout\\(\\s*(?:${resolve}\\b|\\(\\) => ${resolve}\\()`).test(rest)
}

const fault = (source: Source, offset: number, message: string): Fault => ({
  file: source.path,
  line: lineAt(source.text, offset),
  message,
})
