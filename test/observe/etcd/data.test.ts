import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { parseWalMemberId, readEtcdData } from '../../../src/observe/etcd/data.ts'
import { walBeginning } from '../etcd-wal.ts'

/** The first bytes of a member of etcd 3.7, whose etcdctl showed it as 504b3acda5c317ca. */
const real = Buffer.from(
  'BAAAAAAAAIQIBBAAAAAAAB4AAAAAAACCCAEQkerjjAQaFAjKr4yu2tnOpVAQ7/HPmenF+sFVAAAOAAAAAAAAgggFELqm+88LGgQIABAAAAAQAAAAAAAAAAgDEO+v8/UBGgYIAhAAGAAoAAAAAAAAAAgF',
  'base64',
)

describe('the owner of a write-ahead log', () => {
  it('is read from the log of a real etcd', () => {
    expect(BigInt(parseWalMemberId(real) ?? 0).toString(16)).toBe('504b3acda5c317ca')
  })

  it.each(['1', '127', '128', '18446744073709551615'])('is read whatever its size: %s', id => {
    expect(parseWalMemberId(walBeginning(id))).toBe(id)
  })

  it.each<readonly [string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(512)],
    ['a log that is cut before it says so', walBeginning('5').subarray(0, 20)],
    ['something else', Buffer.from('not a log of etcd, and long enough to be taken for one')],
  ])('is not known of %s', (_, bytes) => {
    expect(parseWalMemberId(bytes)).toBeUndefined()
  })
})

describe('a data directory', () => {
  it.each([
    ['none\n', { kind: 'none' }],
    ['', { kind: 'unknown' }],
    [walBeginning('77').toString('base64'), { kind: 'member', id: '77' }],
  ])('of which the host says %j', async (stdout, expected) => {
    const host = fakeHost({ commands: () => ({ stdout }) })
    expect(await readEtcdData(host, '/var/lib/etcd')).toEqual(expected)
    expect(host.calls.map(call => [call.verb, call.argv.at(-1)])).toEqual([['query', '/var/lib/etcd']])
  })
})
