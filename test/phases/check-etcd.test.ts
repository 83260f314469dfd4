import { describe, expect, it } from 'vitest'
import { fakeEtcd, fakeMember } from '../../src/clients/etcd/fake.ts'
import { withGrace } from '../../src/phases/check-etcd/grace.ts'
import { checkEtcd } from '../../src/phases/check-etcd/index.ts'
import { makeNode, makeRequest } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const node = makeNode({ name: 'cp2', advertiseAddress: '10.0.0.2' })
const cluster = quickCluster({ nodes: [node] })
const request = { timeouts: { ...makeRequest().timeouts, etcdAPICall: 60 } }
const cp1 = fakeMember('1', 'cp1', '10.0.0.1')

describe('check-etcd', () => {
  it('check-etcd passes with a healthy etcd and changes nothing', async () => {
    expect((await runPhase(checkEtcd, { cluster, request, etcd: fakeEtcd({ members: [cp1] }) })).changes).toEqual([])
  })

  it('check-etcd lists the unhealthy members', async () => {
    const members = [cp1, fakeMember('2', 'cp9', '10.0.0.9'), fakeMember('3', 'cp8', '10.0.0.8')]
    const etcd = fakeEtcd({ members, down: ['https://10.0.0.9:2379', 'https://10.0.0.8:2379'] })
    await expect(runPhase(checkEtcd, { cluster, request, etcd })).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it('check-etcd waits for a new voter that does not serve yet', async () => {
    const members = [cp1, fakeMember('3', 'cp3', '10.0.0.3'), fakeMember('4', 'cp4', '10.0.0.4')]
    const etcd = fakeEtcd({ members, down: ['https://10.0.0.4:2379'] })
    setTimeout(() => etcd.setDown('https://10.0.0.4:2379', false), 30)
    await runPhase(checkEtcd, { cluster, etcd })
    expect(etcd.calls.filter(call => call === 'members').length).toBeGreaterThan(1)
  })

  it('check-etcd ignores an unhealthy member of the joining host itself', async () => {
    const members = [cp1, fakeMember('2', 'cp2', '10.0.0.2'), fakeMember('3', 'cp3', '10.0.0.3')]
    await runPhase(checkEtcd, { cluster, request, etcd: fakeEtcd({ members, down: ['https://10.0.0.2:2379'] }) })
  })
})

describe('an unresponsive voter', () => {
  const healthy = fakeMember('3', 'cp3', '10.0.0.3')
  const dead = { ...healthy, health: { unhealthy: 'no answer' } }
  const judge = () => {
    const clock = { ms: 0 }
    const look = withGrace([node], () => clock.ms)
    return (ms: number, ...all: Parameters<typeof look>[0]): unknown => {
      clock.ms = ms
      try {
        return look(all)
      } catch (error) {
        return error
      }
    }
  }

  it('check-etcd fails after ten seconds of an unresponsive voter, with a hint on how to continue', () => {
    const at = judge()
    expect(at(0, cp1, dead)).toMatchObject({ final: false })
    expect(at(9000, cp1, dead)).toMatchObject({ final: false })
    expect(at(10_000, cp1, dead)).toMatchObject({
      code: 'ETCD_UNREACHABLE',
      final: true,
      message: 'etcd adds members only while all voters are healthy: cp3 (no answer)',
      hint: expect.stringContaining('restore it, or remove it with `kadm node remove cp3 --host …`'),
    })
  })

  it('check-etcd restarts the ten seconds of an unresponsive voter that answered in between', () => {
    const at = judge()
    at(0, dead)
    expect(at(5000, healthy)).toBeUndefined()
    expect(at(12_000, dead)).toMatchObject({ final: false })
  })

  it('check-etcd names an unhealthy member that never started by its address', () => {
    const at = judge()
    const unstarted = { ...fakeMember('3', '', '10.0.0.3'), health: { unhealthy: 'not started' } }
    expect(at(0, unstarted)).toMatchObject({ hint: expect.stringContaining('kadm node remove 10.0.0.3 ') })
  })

  it('check-etcd ignores an unhealthy learner', () => {
    expect(
      judge()(0, { ...fakeMember('3', '', '10.0.0.3', { learner: true }), health: { unhealthy: 'not started' } }),
    ).toBeUndefined()
  })
})
