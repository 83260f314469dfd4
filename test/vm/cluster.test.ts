import { beforeAll, describe, expect, it } from 'vitest'
import { serverAndClient } from '../e2e/observe.ts'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { type Judged, preflight } from './preflight.ts'
import { cluster, freshMachine, initialized } from './states.ts'

let operator: Operator

beforeAll(async () => {
  operator = await Operator.create()
})

describe('two stock Debian 12 machines with cgroup v2', () => {
  let checks: readonly Judged[]

  beforeAll(async () => {
    await stopAll()
    const [cp1, w1] = [await freshMachine('cp1'), await freshMachine('w1')]
    checks = await preflight(operator, ['--control-plane', '--config', operator.initConfig], [cp1, w1])
  })

  it('preflight on stock machines finds nothing but a disk that is slow under emulation', () => {
    const found = checks.filter(({ level }) => level !== 'ok' && level !== 'skipped')
    expect(found.filter(({ check, level }) => check !== 'EtcdDiskLatency' || level !== 'warning')).toEqual([])
  })

  it.each(['SystemVerification', 'CgroupDriver', 'Swap', 'ClockSkew', 'DuplicateMachineID', 'DuplicateProductUUID'])(
    'the preflight check %s passes on stock machines',
    name => {
      expect(checks.filter(({ check }) => check === name).map(({ level }) => level)).toEqual(['ok', 'ok'])
    },
  )
})

describe('a control plane that init makes on a stock machine', () => {
  let cp1: Machine

  beforeAll(async () => {
    await stopAll()
    const at = await initialized(operator)
    cp1 = at.machines[0] as Machine
    expect(at.answer.changes).not.toEqual([])
  })

  it('the API server of a stock machine is ready', async () => {
    expect(await operator.kubectlUntil(['get', '--raw', '/readyz'])).toBe('ok')
  })

  it('the kubelet of a stock machine runs with the systemd cgroup driver and without an exception for cgroup v1', async () => {
    const config = (await cp1.run('cat /var/lib/kubelet/config.yaml')).stdout
    expect(config).toContain('cgroupDriver: systemd')
    expect(config).not.toContain('failCgroupV1')
  })

  it('static pods of a stock machine run in slices of systemd on cgroup v2', async () => {
    const { stdout } = await cp1.run('cat /proc/$(pgrep -xo etcd)/cgroup')
    expect(stdout).toMatch(/^0::\/kubepods\.slice\/kubepods-burstable\.slice\/.*\.scope\n$/)
  })
})

describe('a cluster of two stock machines', () => {
  beforeAll(async () => {
    await stopAll()
    await cluster(operator)
  })

  it('both nodes of the cluster are Ready', async () => {
    const names = 'jsonpath={.items[?(@.status.conditions[-1].status=="True")].metadata.name}'
    expect(await operator.kubectl(['get', 'nodes', '-o', names])).toBe('cp1 w1')
  })

  it('a pod finds another by the DNS name of its Service', async () => {
    await operator.kubectl(['apply', '-f', '-'], serverAndClient('w1'))
    const ready = 'jsonpath={.items[*].status.containerStatuses[0].ready}'
    await operator.kubectlUntil(['get', 'pods', '-o', ready], output => output === 'true true')
    const get = ['/usr/local/bin/echo', 'get', 'http://echo.default.svc.cluster.local/']
    expect(await operator.kubectlUntil(['exec', 'client', '--', ...get])).toContain('server')
  })
})
