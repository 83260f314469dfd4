import { describe, expect, it } from 'vitest'
import type { EtcdMember } from '../../src/clients/etcd/etcd.ts'
import { fakeEtcd, fakeMember } from '../../src/clients/etcd/fake.ts'
import { readMemberStates } from '../../src/clients/etcd/member-states.ts'
import { noMemberChanges, recordedEtcd, unknownEtcd } from '../../src/clients/etcd/recorded.ts'
import {
  describeHealth,
  requireQuorum,
  requireQuorumMeanwhile,
  requireQuorumWithout,
} from '../../src/ops/etcd-quorum.ts'

const url = (n: number) => `https://10.0.0.${n}:2379`
const voters = (count: number) =>
  Array.from({ length: count }, (_, i) => fakeMember(`${i + 1}`, `cp${i + 1}`, `10.0.0.${i + 1}`))
const learner = fakeMember('9', '', '10.0.0.9', { learner: true })
const unstarted = fakeMember('9', '', '10.0.0.9')

describe('requireQuorumWithout', () => {
  it.each([
    { title: 'one of three', members: voters(3), down: [], id: '1' },
    { title: 'the dead one of three', members: voters(3), down: [3], id: '3' },
    { title: 'one of two', members: voters(2), down: [], id: '2' },
    { title: 'one of five with one dead', members: voters(5), down: [5], id: '1' },
    { title: 'a learner, whatever the others are', members: [...voters(3), learner], down: [3], id: '9' },
    { title: 'a voter that never started', members: [...voters(2), unstarted], down: [], id: '9' },
    { title: 'what is not a member', members: voters(3), down: [3], id: '77' },
  ])('the quorum check allows the removal of a member: $title', async ({ members, down, id }) => {
    await expect(requireQuorumWithout(fakeEtcd({ members, down: down.map(url) }), id)).resolves.toBeUndefined()
  })

  it.each([
    { title: 'a healthy one of three with one dead', members: voters(3), down: [3], id: '1', left: '1 of the 2' },
    { title: 'the only one', members: voters(1), down: [], id: '1', left: '0 of the 0' },
    {
      title: 'one of two, the other never started',
      members: [...voters(2), unstarted],
      down: [],
      id: '1',
      left: '1 of',
    },
    { title: 'one of five with two dead', members: voters(5), down: [4, 5], id: '1', left: '2 of the 4' },
  ])('the quorum check refuses the removal of a member: $title', async ({ members, down, id, left }) => {
    const check = requireQuorumWithout(fakeEtcd({ members, down: down.map(url) }), id)
    await expect(check).rejects.toMatchObject({ code: 'ETCD_REFUSED', message: expect.stringContaining(left) })
  })

  it('the quorum check lists the members that would remain and their health', async () => {
    const check = requireQuorumWithout(fakeEtcd({ members: [...voters(3), learner], down: [url(3)] }), '1')
    await expect(check).rejects.toThrow('cp2 (healthy), cp3 (connection refused), member 9 (learner, not started)')
  })
})

describe('requireQuorumMeanwhile', () => {
  const check = async (members: readonly EtcdMember[], down: readonly number[], id: string) =>
    requireQuorumMeanwhile(await readMemberStates(fakeEtcd({ members, down: down.map(url) })), id)

  it.each([
    { title: 'the only one', members: voters(1), down: [], id: '1' },
    { title: 'one of two', members: voters(2), down: [], id: '1' },
    { title: 'one of three', members: voters(3), down: [], id: '1' },
    { title: 'the dead one of three', members: voters(3), down: [3], id: '3' },
    { title: 'one of five with one dead', members: voters(5), down: [5], id: '1' },
    { title: 'one of three, beside a learner that never started', members: [...voters(3), learner], down: [], id: '1' },
  ])('a member may be stopped for a while: $title', async ({ members, down, id }) => {
    await expect(check(members, down, id)).resolves.toBeUndefined()
  })

  it.each([
    { title: 'one of three with one dead', members: voters(3), down: [3], id: '1', left: '1 of the 2 other' },
    { title: 'one of five with two dead', members: voters(5), down: [4, 5], id: '1', left: '2 of the 4 other' },
  ])('a member may not be stopped: $title', async ({ members, down, id, left }) => {
    await expect(check(members, down, id)).rejects.toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining(left),
    })
  })
})

describe('requireQuorum', () => {
  it('etcd has a quorum when more than half of the voters are healthy, as in kubeadm since 1.36', async () => {
    const all = await requireQuorum(fakeEtcd({ members: voters(3), down: [url(2)] }))
    expect(describeHealth(all)).toBe('cp1 (healthy), cp2 (connection refused), cp3 (healthy)')
  })

  it('etcd has no quorum when its members answer but report errors', async () => {
    const etcd = fakeEtcd({ members: voters(2) })
    const full = { ...etcd, status: async (at: string) => ({ ...(await etcd.status(at)), errors: ['alarm:NOSPACE'] }) }
    await expect(requireQuorum(full)).rejects.toMatchObject({
      code: 'ETCD_UNREACHABLE',
      message: expect.stringContaining('0 of 2 voting members are: cp1 (alarm:NOSPACE), cp2 (alarm:NOSPACE)'),
    })
  })

  it('the health of all etcd members is queried in parallel', async () => {
    const etcd = fakeEtcd({ members: voters(3) })
    let [running, most] = [0, 0]
    const slow = {
      ...etcd,
      async status(endpoint: string) {
        running += 1
        most = Math.max(most, running)
        await new Promise(resolve => setImmediate(resolve))
        running -= 1
        return etcd.status(endpoint)
      },
    }
    await readMemberStates(slow)
    expect(most).toBe(3)
  })
})

describe('etcd in a dry run', () => {
  it('a dry run does not check the quorum of an unknown etcd and accepts the joining member', async () => {
    const etcd = recordedEtcd(unknownEtcd(), noMemberChanges())
    expect(await requireQuorum(etcd)).toEqual([])
    const { member, members } = await etcd.addLearner('https://10.0.0.2:2380', 'cp2')
    expect(members).toEqual([member])
    await etcd.promote(member.id)
    expect(await etcd.members()).toMatchObject([{ name: 'cp2', learner: false }])
    expect(await requireQuorum(etcd)).toHaveLength(1)
  })
})
