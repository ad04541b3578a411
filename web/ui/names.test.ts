import { expect, test } from 'vitest'
import { compareNames } from './names.ts'

test('Chinese names are sorted as they are read, and numbered ones by their number', () => {
  const names = ['郑文 Zheng Wen', '陈立 Chen Li', 'Line 10', '何森 He Sen', 'Line 9', '黄敏 Huang Min']
  expect(names.toSorted(compareNames).slice(0, 4)).toEqual([
    '陈立 Chen Li',
    '何森 He Sen',
    '黄敏 Huang Min',
    '郑文 Zheng Wen',
  ])
  expect(['Line 10', 'Line 9'].toSorted(compareNames)).toEqual(['Line 9', 'Line 10'])
})
