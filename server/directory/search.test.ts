import { expect, test } from 'vitest'
import { foldText, searchTextOf, sortKeyOf } from './search.ts'

const textOf = (name: string) => searchTextOf({ name, login: 'x', extension: null, tags: [] })

test.each([
  ['陈立', 'chenli'],
  ['陈立', 'chen li'],
  ['陈立', 'Chen Li'],
  ['陈立', 'cl'],
  ['陈立', '陳立'],
  ['陳立', '陈'],
  ['陳立', 'chenli'],
  // Read as surnames.
  ['单田芳', 'shantianfang'],
  ['曾国藩', 'zgf'],
  ['谢兰 Xie Lan', 'xielan'],
  ['Zoë Müller', 'müller'],
])('%s is found by %s', (name, sought) => {
  expect(textOf(name)).toContain(foldText(sought))
})

test('names that are not Chinese are sought as they are', () => {
  expect(textOf('Ann Lee')).toBe('ann lee\nx\n')
})

test('Chinese names are sorted as they are read, among the others', () => {
  const names = ['张伟', '陈立', 'Bob', '阿明', '李娜', 'Lily', '曾荣', '陳安']
  const key = (name: string) => sortKeyOf(name)
  expect(names.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual([
    '阿明',
    'Bob',
    '陳安',
    '陈立',
    '李娜',
    'Lily',
    '曾荣',
    '张伟',
  ])
})
