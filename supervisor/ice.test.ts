import { expect, onTestFinished, test, vi } from 'vitest'
import { iceValues, watchAddresses } from './ice.ts'

const external = ['10.0.0.7', '192.168.1.5', 'fd00::2']
const all = 'ice_deny = 0.0.0.0/0\nice_deny = ::/0\n'

test.each([
  {
    what: 'on loopback: each address under loopback’s name',
    sipHost: '127.0.0.1',
    permitted: `${all}ice_permit = 127.0.0.1/32`,
    overrides: '10.0.0.7 => 127.0.0.1\n192.168.1.5 => 127.0.0.1',
  },
  {
    what: 'on one address: that one',
    sipHost: '10.0.0.7',
    permitted: `${all}ice_permit = 10.0.0.7/32`,
    overrides: '',
  },
  { what: 'on an IPv6 address', sipHost: 'fd00::2', permitted: `${all}ice_permit = fd00::2/128`, overrides: '' },
  {
    what: 'on IPv6 loopback',
    sipHost: '::1',
    permitted: `${all}ice_permit = ::1/128`,
    overrides: 'fd00::2 => ::1',
  },
  { what: 'on every address: all of them', sipHost: '0.0.0.0', permitted: '', overrides: '' },
  { what: 'by a name: all of them', sipHost: 'sip.example.com', permitted: '', overrides: '' },
])('a browser is told the address where we listen, $what', ({ sipHost, permitted, overrides }) => {
  expect(iceValues(sipHost, external)).toEqual({ ICE_PERMITTED: permitted, ICE_OVERRIDES: overrides })
})

test('who could not be told of the machine’s new addresses is told again', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const tell = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('not listening yet')).mockResolvedValue()
  const stop = watchAddresses(['192.0.2.99'], tell)
  onTestFinished(stop)
  onTestFinished(() => reported.mockRestore())
  await vi.waitFor(() => expect(tell).toHaveBeenCalledTimes(2), { timeout: 20_000 })
  expect(reported.mock.calls).toEqual([[expect.stringContaining('not listening yet')]])
})
