import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/cluster/json.ts'
import type { Patch } from '../../../src/cluster/patch.ts'
import type { Arg } from '../../../src/cluster/spec.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { parseKubeletUnit } from '../../../src/observe/machine/kubelet-unit.ts'
import { parseCgroups } from '../../../src/phases/preflight/cgroups.ts'
import { parseNodeFacts, readNodeFacts } from '../../../src/phases/preflight/node-facts.ts'
import { judgeSwap, kubeletSwap, swap } from '../../../src/phases/preflight/swap.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext, fakeDiscovered, fakeMachine } from './fake-machine.ts'

/** Output of systemd 252 for the unit of the packages, with `more` in the operator's file. */
const unit = (
  more = '',
  argv = '$KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS',
) =>
  [
    `ExecStart={ path=/usr/bin/kubelet ; argv[]=/usr/bin/kubelet ${argv} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }`,
    'Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/a --kubeconfig=/b" KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml',
    'EnvironmentFiles=/var/lib/kubelet/kubeadm-flags.env (ignore_errors=yes)',
    'EnvironmentFiles=/etc/default/kubelet (ignore_errors=yes)',
    'file # of the operator',
    ...(more === '' ? [] : [`file KUBELET_EXTRA_ARGS=${more}`]),
  ].join('\n')

interface Said {
  readonly tree?: JsonObject
  readonly args?: readonly Arg[]
  readonly patches?: readonly Patch[]
  readonly unit?: string
}

const failSwapOn = (value: boolean): Patch => ({
  target: 'kubeletconfiguration',
  type: 'merge',
  file: 'kubeletconfiguration+merge.yaml',
  line: 1,
  body: { failSwapOn: value },
})
const flag = (value: string): Arg => ({ name: 'fail-swap-on', value })

function said({ tree = {}, args = [], patches = [], unit: text = unit() }: Said) {
  const cluster = makeCluster({ kubelet: { generated: false, tree }, patches })
  return kubeletSwap(cluster, makeNode({ kubeletExtraArgs: args }), parseKubeletUnit(text))
}

const on = { swapDevices: 1, cgroups: { version: 2, mount: '/sys/fs/cgroup' } } as const

describe('enabled swap', () => {
  it.each<[string, string, Said]>([
    ['by default', 'error', {}],
    ['with failSwapOn: true', 'error', { tree: { failSwapOn: true } }],
    ['with failSwapOn: false', 'warning', { tree: { failSwapOn: false } }],
    ['with a null, which is the default', 'error', { tree: { failSwapOn: null } }],
    ['with a patch that allows it', 'warning', { patches: [failSwapOn(false)] }],
    ['with a patch that forbids it again', 'error', { tree: { failSwapOn: false }, patches: [failSwapOn(true)] }],
    ['with the argument of the node', 'warning', { args: [flag('false')] }],
    ['with the last of two arguments', 'error', { args: [flag('false'), flag('true')] }],
    ['with an argument that Go reads as false', 'warning', { args: [flag('F')] }],
    ['with an argument against the configuration', 'error', { tree: { failSwapOn: false }, args: [flag('1')] }],
    ['with the flag in the file of the operator', 'warning', { unit: unit('--fail-swap-on=false') }],
    ['with the quoted flag among others', 'warning', { unit: unit('"--v=4 --fail-swap-on=false"') }],
    ['with the flag without a value', 'error', { tree: { failSwapOn: false }, unit: unit('--fail-swap-on') }],
    [
      'with the file of the operator after the argument',
      'error',
      { args: [flag('false')], unit: unit('--fail-swap-on=true') },
    ],
    ['with a flag in the unit itself', 'warning', { unit: unit('', '--fail-swap-on=false $KUBELET_KUBEADM_ARGS') }],
    [
      'with a configuration directory that kadm does not read',
      'warning',
      { unit: unit('--config-dir=/etc/kubelet.d') },
    ],
    ['without systemd', 'error', { unit: '' }],
    ['without systemd, with the argument', 'warning', { unit: '', args: [flag('false')] }],
  ])('preflight reports enabled swap %s as: %s', (_, level, given) => {
    expect(judgeSwap(on, said(given)).map(finding => finding.level)).toEqual([level])
  })

  it('preflight reports enabled swap in the same way with cgroup v1', () => {
    const facts = { swapDevices: 1, cgroups: { version: 1, controllers: [] } } as const
    expect(judgeSwap(facts, said({})).map(({ level }) => level)).toEqual(['error'])
    expect(judgeSwap(facts, said({ tree: { failSwapOn: false } })).map(({ level }) => level)).toEqual(['warning'])
  })

  it('preflight reads the enabled swap devices from the kernel', () => {
    const answers: Readonly<Record<string, string>> = {
      swaps:
        'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/vda2                               partition\t999420\t\t0\t\t-2\n',
      cgroupMounts:
        'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate,memory_recursiveprot 0 0\n',
      cgroupsV2: '/sys/fs/cgroup cpuset cpu io memory hugetlb pids rdma misc\n',
    }
    const facts = parseNodeFacts(name => answers[name] ?? '')
    expect([facts.swapDevices, parseCgroups(name => answers[name] ?? '').version]).toEqual([1, 2])
    expect(judgeSwap(facts, said({}))).toMatchObject([{ level: 'error', remedy: expect.stringMatching(/swapoff -a/) }])
  })

  it('preflight reports swap as an error on a joining worker, but as a warning without a cluster', async () => {
    const node = makeNode({ role: 'worker' })
    const host = fakeMachine({ answers: { swaps: 'head\n/dev/sda2' } })
    const run = { cluster: makeCluster({ nodes: [node] }), node, host }
    const facts = await readNodeFacts(host, node.name, [])
    const level = async (ctx: ReturnType<typeof fakeContext>) =>
      (await swap.run({ ctx, facts, earlier: nothingEarlier })).map(finding => finding.level)
    expect(await level(fakeContext(run))).toEqual(['warning'])
    expect(await level(fakeContext({ ...run, discovered: fakeDiscovered() }))).toEqual(['error'])
  })
})

describe('disabled swap', () => {
  const off = { ...on, swapDevices: 0 }

  it('preflight accepts disabled swap', () => {
    expect(judgeSwap(off, said({}))).toEqual([])
  })

  it('preflight reports a kubelet that is configured to use swap with cgroup v1, even if swap is off', () => {
    const limited = said({ tree: { failSwapOn: false, memorySwap: { swapBehavior: 'LimitedSwap' } } })
    expect(judgeSwap({ ...off, cgroups: { version: 1, controllers: [] } }, limited)).toHaveLength(1)
    expect(judgeSwap(off, limited)).toEqual([])
  })
})
