import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { parseWalMemberId, readEtcdData } from '../../../src/observe/etcd/data.ts'
import { walBeginning } from '../etcd-wal.ts'

/** The first bytes of a member of etcd 3.7, whose etcdctl showed it as 504b3acda5c317ca. */
const real = Buffer.from(
  'BAAAAAAAAIQIBBAAAAAAAB4AAAAAAACCCAEQkerjjAQaFAjKr4yu2tnOpVAQ7/HPmenF+sFVAAAOAAAAAAAAgggFELqm+88LGgQIABAAAAAQAAAAAAAAAAgDEO+v8/UBGgYIAhAAGAAoAAAAAAAAAAgF',
  'base64',
)

describe('parseWalMemberId', () => {
  it('parseWalMemberId reads the member ID from the write-ahead log of a real etcd', () => {
    expect(BigInt(parseWalMemberId(real) ?? 0).toString(16)).toBe('504b3acda5c317ca')
  })

  it.each(['1', '127', '128', '18446744073709551615'])('parseWalMemberId reads a member ID of any size: %s', id => {
    expect(parseWalMemberId(walBeginning(id))).toBe(id)
  })

  it.each<readonly [string, Buffer]>([
    ['an empty log', Buffer.alloc(0)],
    ['a log of zeros', Buffer.alloc(512)],
    ['a log that is cut before the member ID', walBeginning('5').subarray(0, 20)],
    ['a file that is not a log', Buffer.from('not a log of etcd, and long enough to be taken for one')],
  ])('parseWalMemberId returns undefined for %s', (_, bytes) => {
    expect(parseWalMemberId(bytes)).toBeUndefined()
  })
})

describe('readEtcdData', () => {
  it.each([
    ['none\n', { kind: 'none' }],
    ['', { kind: 'unknown' }],
    [walBeginning('77').toString('base64'), { kind: 'member', id: '77' }],
  ])('readEtcdData reads the kind of an etcd data directory from the output %j', async (stdout, expected) => {
    const host = fakeHost({ commands: () => ({ stdout }) })
    expect(await readEtcdData(host, '/var/lib/etcd')).toEqual(expected)
    expect(host.calls.map(call => [call.verb, call.argv.at(-1)])).toEqual([['query', '/var/lib/etcd']])
  })
})
