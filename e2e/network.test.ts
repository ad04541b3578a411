import { decision, missedCalls, pageOf } from '@tandem/contract'
import { expect, test } from 'vitest'
import { signIn, type Api } from './kit/api.ts'
import { recordOf } from './kit/books.ts'
import type { Person } from './kit/browser.ts'
import { expectGoodScreen, screenshot, SIZES } from './kit/browser.ts'
import { expectTone } from './kit/ear.ts'
import { demo, Softphone } from './kit/softphone.ts'
import { driver, hangUpAll, person, shared } from './kit/stage.ts'
import { until } from './kit/until.ts'

const DRIVER = '陈立 Chen Li'
const ADMINISTRATOR = '林岳 Lin Yue'
const [[, PHONE], [, DESKTOP]] = SIZES
const member = await person(440)
const colleague = await person(900)

/** Somebody else at a screen of his own; as narrow as a phone's, where the recents are behind a tab. */
async function screen(
  who: Person,
  account: keyof typeof demo,
  size: (typeof SIZES)[number][1] = PHONE,
): Promise<Softphone> {
  const page = await (await who.context(size)).newPage()
  const phone = await Softphone.open(page, shared().address, demo[account])
  await page.locator('[data-live="open"]').waitFor()
  return phone
}

const endReasonOf = (phone: Softphone): Promise<string | null> =>
  phone.page.locator('[data-call-state="ended"]').first().getAttribute('data-end-reason')

const administrator = (): Promise<Api> =>
  signIn(shared().address, demo.administrator.login, demo.administrator.password)

/** Those of the stories before. */
async function seeAllMissed(): Promise<void> {
  const api = await administrator()
  await api.post('/api/me/missed/seen', { until: new Date().toISOString() }, missedCalls)
}

test('every screen of the callee rings, one answers, the others say so; both are heard, and both keep a record', async () => {
  const { phone: caller, api } = await driver(member)
  const [answering, other] = await Promise.all([
    screen(colleague, 'administrator', DESKTOP),
    screen(colleague, 'administrator'),
  ])
  await answering.page.goto(`${shared().address}/console/members`)
  await answering.page.locator('[data-live="open"]').waitFor()
  const id = await caller.callInApp(ADMINISTRATOR)
  await Promise.all([answering.card.waitFor(), other.card.waitFor()])
  await caller.expectState('ringing')
  expect(await other.page.title()).toContain(DRIVER)

  await answering.choose('Answer')
  await caller.expectState('connected')
  await other.page.getByText('was answered on another screen').waitFor()
  expect(await other.card.count()).toBe(0)
  await expectTone(caller.page, colleague.toneHz)
  await expectTone(answering.page, member.toneHz)
  await answering.press('Hang up')
  await caller.expectState('ended')
  await caller.page.getByText(`${ADMINISTRATOR} hung up`).waitFor()

  expect(await recordOf(api, id)).toMatchObject({ kind: 'network', endReason: 'hangup-callee', ratedMs: 0, draws: [] })
  await answering.page.getByRole('listitem').filter({ hasText: DRIVER }).getByText('Incoming').first().waitFor()
  await caller.page.getByRole('listitem').filter({ hasText: ADMINISTRATOR }).getByText('Outgoing').first().waitFor()
})

test('the card of a call is good at every size', async () => {
  const { phone: caller, api } = await driver(member)
  const callee = await screen(colleague, 'administrator')
  for (const [name, size] of SIZES) {
    await callee.page.setViewportSize(size)
    await caller.callInApp(ADMINISTRATOR)
    await callee.card.waitFor()
    await expectGoodScreen(callee.page, `incoming-${name}`)
    await hangUpAll(api)
    await caller.expectState('ended')
  }
})

test('declined is said to the caller; given up is missed, with a badge until it is seen, on every screen', async () => {
  const { phone: caller } = await driver(member)
  await seeAllMissed()
  const callee = await screen(colleague, 'administrator')
  const badge = callee.page.getByTestId('missed')
  const recents = callee.page.getByRole('button', { name: 'Recents' })
  await caller.callInApp(ADMINISTRATOR)
  await callee.choose('Decline')
  await caller.page.getByText(`${ADMINISTRATOR} declined`, { exact: true }).first().waitFor()
  expect(await endReasonOf(caller)).toBe('rejected')
  expect(await badge.count()).toBe(0)

  await caller.callInApp(ADMINISTRATOR)
  await callee.card.waitFor()
  await caller.expectState('ringing')
  await caller.press('Hang up')
  await callee.page.getByText(`Missed call from ${DRIVER}`).waitFor()
  await badge.getByText('1 missed').waitFor({ state: 'attached' })
  await until('the title to count it', async () => (await callee.page.title()).startsWith('(1)'))
  await recents.click()
  await callee.page.getByRole('listitem').filter({ hasText: 'Missed' }).first().waitFor()
  await badge.waitFor({ state: 'detached' })
  await until('the title to count none', async () => !(await callee.page.title()).startsWith('('))
  // Called back as he was called.
  await callee.page
    .getByRole('button', { name: `Call ${DRIVER} again` })
    .first()
    .click()
  await caller.choose('Answer')
  await callee.expectState('connected')
  await callee.press('Hang up')
})

test('who does not want to be disturbed is not rung; who has no screen open is not reachable, and his phone is offered', async () => {
  const { phone: caller } = await driver(member)
  const callee = await screen(colleague, 'administrator')
  await callee.page.getByRole('button', { name: 'Account:' }).click()
  await callee.page.getByRole('menuitem', { name: 'Do not disturb for 1 hour' }).click()
  const sign = callee.page.locator('[data-undisturbed]')
  await sign.waitFor()
  await caller.page.getByRole('button', { name: `Call ${ADMINISTRATOR} in the app` }).click()
  await caller.page.locator('[data-refusal="callee-undisturbed"]').waitFor()
  const { items } = await (await administrator()).get('/api/decisions?code=callee-undisturbed', pageOf(decision))
  expect(items[0]).toMatchObject({ kind: 'network', dialled: '', memberName: DRIVER, calleeName: ADMINISTRATOR })
  await sign.click()
  await sign.waitFor({ state: 'detached' })

  await callee.page.context().close()
  await until('the server to know that no screen is left', async () => {
    await caller.callInApp(ADMINISTRATOR)
    await caller.expectState('ended')
    return (await endReasonOf(caller)) === 'unreachable'
  })
  await caller.page.getByText(`${ADMINISTRATOR} is not reachable in the app`, { exact: true }).first().waitFor()
  await caller.page.getByRole('button', { name: 'Call the phone' }).waitFor()
})

test('a call that comes in mid-call waits softly: answered, the first is held; then the first is taken back', async () => {
  const { phone: first } = await driver(member)
  const callee = await screen(colleague, 'administrator')
  await first.callInApp(ADMINISTRATOR)
  await callee.card.waitFor()
  // Silenced is not declined.
  await callee.page.keyboard.press('Escape')
  await callee.page.locator('[data-silenced]').waitFor()
  await callee.choose('Answer')
  await first.expectState('connected')

  const second = await screen(member, 'dispatcher', DESKTOP)
  await second.callInApp(ADMINISTRATOR)
  await callee.card.getByText(`You are in a call with ${DRIVER}`).waitFor()
  await screenshot(callee.page, 'call-waiting-phone')
  const { x, width } = (await callee.card.boundingBox())!
  expect(x + width).toBeLessThanOrEqual(PHONE.width)
  await callee.choose('Hold and answer')
  await second.expectState('connected')
  await expectTone(second.page, colleague.toneHz)
  await until('the first on hold', async () => first.page.getByText('On hold').first().isVisible())
  await callee.press('Hang up')
  await second.expectState('ended')
  await callee.page.getByRole('button', { name: 'Resume' }).click()
  await expectTone(first.page, colleague.toneHz)
  await expectTone(callee.page, member.toneHz)
  await callee.press('Hang up')
  await first.expectState('ended')
})

test('two who call each other talk', async () => {
  const { phone: one } = await driver(member)
  const two = await screen(colleague, 'administrator', DESKTOP)
  await Promise.all([one.callInApp(ADMINISTRATOR), two.callInApp(DRIVER)])
  await Promise.all([one.expectState('connected'), two.expectState('connected')])
  await expectTone(one.page, colleague.toneHz)
  await expectTone(two.page, member.toneHz)
  expect(await one.callId()).toBe(await two.callId())
  await one.press('Hang up')
  await two.expectState('ended')
})

test('a business call that is refused offers the app, by one tap', async () => {
  const callee = await driver(member)
  const barred = await screen(colleague, 'barred', DESKTOP)
  await barred.page
    .getByRole('button', { name: new RegExp(`^Call ?${DRIVER}`) })
    .first()
    .click()
  await barred.page.locator('[data-refusal="caller-barred"]').waitFor()
  await barred.page.getByRole('button', { name: 'Call in the app instead' }).click()
  await callee.phone.choose('Answer')
  await barred.expectState('connected')
  await expectTone(barred.page, member.toneHz)
  await barred.press('Hang up')
  await callee.phone.expectState('ended')
})
