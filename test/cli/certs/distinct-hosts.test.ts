import { describe, expect, it } from 'vitest'
import { distinctHosts } from '../../../src/cli/certs/check-expiration/distinct-hosts.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { fakeHost } from '../../../src/host/fake.ts'

const host = (name: string, identity: string) =>
  fakeHost({ name, commands: () => (identity === '' ? 1 : { stdout: `${identity}\n` }) })
const lost = fakeHost({
  name: 'lost',
  commands: () => {
    throw new KadmError('HOST_UNREACHABLE', 'the connection to lost ended')
  },
})

describe('the hosts of certs check-expiration', () => {
  it.each([
    ['different hosts are all kept', [host('a', '1'), host('b', '2')], 'a b', ''],
    ['a host with two names is kept once', [host('a', '1'), host('b', '2'), host('c', '1')], 'a b', 'c like a'],
    [
      'a host with three names is kept once',
      [host('a', '1'), host('b', '1'), host('c', '1')],
      'a',
      'b like a, c like a',
    ],
    ['hosts that report no identity are kept', [host('a', ''), host('b', '')], 'a b', ''],
    ['a host that is lost meanwhile is kept', [lost, host('b', '1')], 'lost b', ''],
  ])('%s', async (_, hosts, kept, left) => {
    const { distinct, repeated } = await distinctHosts(hosts)
    expect(distinct.map(({ name }) => name).join(' ')).toBe(kept)
    expect(repeated.map(one => `${one.host.name} like ${one.like.name}`).join(', ')).toBe(left)
  })
})
