/** Numbers of the simulated phone network and what they do; `carrier/extensions.conf` does it. */
export const TEST_NUMBERS = [
  { number: '+8613000000001', behaviour: 'echo', name: '01 Echo 回声' },
  { number: '+8613000000002', behaviour: 'tone', name: '02 Tone 单音' },
  { number: '+8613000000003', behaviour: 'rings', name: '03 Rings 久振' },
  { number: '+8613000000004', behaviour: 'busy', name: '04 Busy 忙音' },
  { number: '+8613000000005', behaviour: 'unallocated', name: '05 Unallocated 空号' },
  { number: '+8613000000006', behaviour: 'unavailable', name: '06 Out of order 故障' },
  { number: '+8613000000007', behaviour: 'early-media', name: '07 Announcement 提示音' },
  { number: '+8613000000008', behaviour: 'hangs-up', name: '08 Hangs up 自动挂断' },
  { number: '+8613000000009', behaviour: 'digits', name: '09 Says digits 报号' },
] as const
