import { describe, expect, it } from 'vitest'
import { plannedCluster } from '../../../src/cli/preflight/cluster.ts'
import { parseInit, settleInit } from '../../../src/config/init.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { checkNames } from '../../../src/phases/preflight/check-names.ts'
import { makeFacts } from '../../fixtures/cluster.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

const joining = (body: string) => `apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n${body}\n`
const files = {
  'join.yaml': joining('discovery: {file: {kubeConfigPath: /root/admin.conf}}'),
  'bad-join.yaml': joining('discovry: {}'),
}

describe('kadm preflight', () => {
  it.each([
    ['--config', '{dir}/join.yaml'],
    ['--config', '{dir}/join.yaml', '--node-name', 'w9'],
    ['--control-plane', '--apiserver-bind-port', '7443', '--apiserver-advertise-address', '10.0.0.9'],
    ['--control-plane', '--from', 'root@127.0.0.1:1', '--node-name', 'cp9', '--apiserver-bind-port', '7443'],
  ])('preflight accepts the flags of join and connects to the host: %s %s %s', async (...argv) => {
    const { code, stderr } = await runKadm(['preflight', ...deadHost, ...argv], files)
    expect([code, stderr]).toEqual([4, expect.stringContaining('127.0.0.1:1')])
  })

  it.each([
    [['--from', 'cp1', '--kubernetes-version', 'v1.37.2'], /--kubernetes-version cannot be given with --from/],
    [['--config', '{dir}/join.yaml', '--pod-network-cidr', '10.0.0.0/8'], /cannot be given with a JoinConfiguration/],
    [['--config', '{dir}/join.yaml', '--control-plane'], /join.yaml describes a worker/],
    [['--config', '{dir}/join.yaml', '--from', 'cp1', '--control-plane'], /join.yaml describes a worker/],
    [['--config', '{dir}/bad-join.yaml'], /bad-join.yaml:3 .*unknown field "discovry"/],
    [['--node-name', 'a', '--host', 'b'], /--node-name applies to a single host/],
    [['--config', '{dir}/none.yaml'], /cannot read \{dir\}\/none\.yaml/],
    [['--from', 'cp1', '--timeout', 'soon'], /--timeout soon is not a duration/],
    [['--pod-network-cidr', 'x'], /--pod-network-cidr +"x": couldn't parse subnet/],
    [['--upload-certs'], /unknown option '--upload-certs'/],
  ])('preflight rejects %j before it reaches a host', async (argv, says) => {
    const { code, stdout, stderr } = await runKadm(['preflight', ...deadHost, ...argv], files)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(says)
  })

  it('preflight names every host that it cannot reach', async () => {
    const { code, stderr } = await runKadm(['preflight', ...deadHost, '--host', 'root@127.0.0.1:2'])
    expect(code).toBe(4)
    expect(stderr).toMatch(/127\.0\.0\.1:1[\s\S]*127\.0\.0\.1:2/)
  })

  it('ignorePreflightErrors in a file produces a warning for an unknown check', async () => {
    const text =
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: {ignorePreflightErrors: [Swp]}\n'
    const parsed = parse(text)
    expect(parsed.warnings).toEqual([expect.stringContaining('"swp"')])
  })
})

function parse(text: string) {
  return parseInit({
    file: { path: 'init.yaml', text },
    flags: {},
    startedAt: new Date(),
    randomToken: () => 'abcdef.0123456789abcdef',
    patchFiles: () => [],
    checkNames,
  })
}

describe('the cluster that preflight checks', () => {
  const parsed = parse(
    [
      'apiVersion: kubeadm.k8s.io/v1beta4',
      'kind: InitConfiguration',
      'localAPIEndpoint: {advertiseAddress: 10.0.0.9, bindPort: 8443}',
      'nodeRegistration: {name: named}',
    ].join('\n'),
  )
  const facts = (hostname: string, defaultAddress: string) => makeFacts({ hostname, defaultAddress })
  const hosts = ['a', 'b', 'c'].map(name => fakeHost({ name }))
  const shown = (machines: readonly ReturnType<typeof facts>[], controlPlane: boolean) =>
    plannedCluster(settleInit(parsed, undefined), machines, hosts, controlPlane).cluster.nodes.map(node => [
      node.name,
      node.role,
      ...(node.role === 'worker' ? [] : [node.advertiseAddress, node.bindPort]),
    ])

  it('preflight uses the name and address from the configuration for a single host', () => {
    expect(shown([facts('x', '10.0.0.1')], true)).toEqual([['named', 'control-plane', '10.0.0.9', 8443]])
  })

  it('preflight uses the names and addresses of the hosts when there are several', () => {
    expect(shown([facts('x', '10.0.0.1'), facts('y', '10.0.0.2')], true)).toEqual([
      ['x', 'control-plane', '10.0.0.1', 8443],
      ['y', 'control-plane', '10.0.0.2', 8443],
    ])
  })

  it('preflight names hosts that have the same hostname as the operator gave them', () => {
    const machines = [facts('x', '10.0.0.1'), facts('y', '10.0.0.2'), facts('x', '10.0.0.3')]
    expect(shown(machines, false)).toEqual([
      ['a', 'worker'],
      ['y', 'worker'],
      ['c', 'worker'],
    ])
  })
})
