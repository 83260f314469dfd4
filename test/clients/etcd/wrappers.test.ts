import { describe, expect, it } from 'vitest'
import { type Etcd, showMemberId } from '../../../src/clients/etcd/etcd.ts'
import { fakeEtcd, fakeMember } from '../../../src/clients/etcd/fake.ts'
import { journaledEtcd, type MemberChange } from '../../../src/clients/etcd/journaled.ts'
import { noMemberChanges, recordedEtcd } from '../../../src/clients/etcd/recorded.ts'
import { requireQuorum } from '../../../src/ops/etcd-quorum.ts'

const peer = 'https://10.0.0.2:2380'

/** The membership changes of a control plane that joins and leaves. */
async function comeAndGo(etcd: Etcd): Promise<void> {
  const { member } = await etcd.addLearner(peer)
  await etcd.addLearner(peer)
  await etcd.promote(member.id)
  await etcd.promote(member.id)
  await etcd.remove(member.id)
  await etcd.remove(member.id)
}

async function journalOf(etcd: Etcd): Promise<readonly MemberChange[]> {
  const changes: MemberChange[] = []
  await comeAndGo(journaledEtcd(etcd, change => changes.push(change)))
  return changes
}

const joining = () => fakeEtcd({ starts: () => 'cp2' })

describe('journaledEtcd', () => {
  it('the etcd journal reports each change of membership once, by the peer URL', async () => {
    const what = `etcd member ${peer}`
    expect(await journalOf(joining())).toEqual([
      { kind: 'member', on: 'cluster', what, after: 'learner' },
      { kind: 'member', on: 'cluster', what, before: 'learner', after: 'voter' },
      { kind: 'member', on: 'cluster', what, before: 'voter' },
    ])
  })

  it('the etcd journal of a dry run equals the journal of the real run', async () => {
    expect(await journalOf(recordedEtcd(joining()))).toEqual(await journalOf(joining()))
  })

  it('the etcd journal reports the removal of a learner that an earlier run left', async () => {
    const left = fakeMember('2', '', '10.0.0.2', { learner: true })
    const changes: MemberChange[] = []
    const etcd = journaledEtcd(fakeEtcd({ members: [fakeMember('1', 'cp1', '10.0.0.1'), left] }), change =>
      changes.push(change),
    )
    expect(await etcd.remove('2')).toBe(true)
    expect(changes).toEqual([{ kind: 'member', on: 'cluster', what: `etcd member ${peer}`, before: 'learner' }])
  })
})

describe('recordedEtcd', () => {
  it('a dry run sends only reads to etcd', async () => {
    const etcd = joining()
    await comeAndGo(recordedEtcd(etcd))
    expect(new Set(etcd.calls)).toEqual(new Set(['members']))
  })

  it('a dry run shows the etcd members as they would be after the changes', async () => {
    const etcd = recordedEtcd(fakeEtcd())
    const { member } = await etcd.addLearner(peer, 'cp2')
    expect((await etcd.members()).map(({ name, learner }) => [name, learner])).toEqual([
      ['cp1', false],
      ['', true],
    ])
    await etcd.promote(member.id)
    await etcd.remove('1')
    const started = { ...member, learner: false, name: 'cp2', clientUrls: ['https://10.0.0.2:2379'] }
    expect(await etcd.members()).toEqual([started])
  })

  it('a dry run shows planned etcd changes to every client, and planned members as healthy', async () => {
    const changes = noMemberChanges()
    const { member } = await recordedEtcd(fakeEtcd(), changes).addLearner(peer, 'cp2')
    const etcd = recordedEtcd(fakeEtcd(), changes)
    await expect(etcd.status('https://10.0.0.2:2379')).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' })
    await etcd.promote(member.id)
    expect((await requireQuorum(etcd)).map(({ name }) => name)).toEqual(['cp1', 'cp2'])
  })

  it('a dry run reports that etcd has no quorum', async () => {
    const etcd = recordedEtcd(fakeEtcd({ down: ['https://10.0.0.1:2379'] }))
    await expect(etcd.addLearner(peer)).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' })
  })
})

describe('fakeEtcd', () => {
  it('the fake etcd promotes a learner once it has started and is in sync', async () => {
    const names = [undefined, 'cp2']
    const etcd = fakeEtcd({ starts: () => names.shift(), promoteRefusals: 1 })
    const { member } = await etcd.addLearner(peer)
    await expect(etcd.promote(member.id)).rejects.toThrow(/in sync/)
    expect((await etcd.members()).map(({ name }) => name)).toEqual(['cp1', 'cp2'])
    await expect(etcd.promote(member.id)).resolves.toBeUndefined()
  })

  it('the fake etcd answers no membership call without a quorum', async () => {
    const members = ['1', '2', '3'].map(id => fakeMember(id, `cp${id}`, `10.0.0.${id}`))
    const etcd = fakeEtcd({ members, down: ['https://10.0.0.3:2379'] })
    expect(await etcd.members()).toHaveLength(3)
    etcd.setDown('https://10.0.0.2:2379', true)
    await expect(etcd.members()).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' })
    await expect(etcd.status('https://10.0.0.2:2379')).rejects.toMatchObject({ code: 'ETCD_UNREACHABLE' })
    expect(await etcd.status('https://10.0.0.1:2379')).toMatchObject({ errors: [] })
  })
})

it('showMemberId prints an ID in hex, as the tools of etcd do', () => {
  expect(showMemberId('15542018085917953888')).toBe('d7b0571a9fd60f60')
})
