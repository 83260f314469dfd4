import { describe, expect, it } from 'vitest'
import { completeReset, parseReset, type ResetTarget } from '../../src/config/reset.ts'
import { makeConfig, makeFacts } from '../fixtures/cluster.ts'
import { problemsOf } from './broken.ts'

const file = (body: string) => ({
  file: { path: 'reset.yaml', text: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\n${body}` },
  flags: {},
})
const target: ResetTarget = { facts: makeFacts(), role: 'control-plane' }

describe('the reset configuration', () => {
  it('a ResetConfiguration gets defaults for fields that are not set', () => {
    const { config } = parseReset(file('criSocket: /run/x.sock\nignorePreflightErrors: [Swap, swap]\n'))
    expect(config).toMatchObject({
      criSocket: 'unix:///run/x.sock',
      force: false,
      ignorePreflightErrors: ['swap'],
      timeouts: { etcdAPICall: 120_000 },
    })
  })

  it('reset needs no configuration file', () => {
    expect(parseReset({ flags: {} }).config.unmountFlags).toEqual([])
  })

  it('all errors of a ResetConfiguration are reported at once', () => {
    const body = 'certificatesDir: pki\ncriSocket: tcp://x\nunmountFlags: [MNT_FORCE, MNT_X]\n'
    expect(problemsOf(() => parseReset(file(body))).map(({ field, line }) => [field, line])).toEqual([
      ['ResetConfiguration.certificatesDir', 3],
      ['ResetConfiguration.criSocket', 4],
      ['ResetConfiguration.unmountFlags[1]', 5],
    ])
  })

  it('reset rejects the unmount flag MNT_EXPIRE, which umount(8) does not have', () => {
    expect(() => parseReset(file('unmountFlags: [MNT_EXPIRE]\n'))).toThrow(/MNT_EXPIRE/)
  })

  it('reset flags set the fields of the configuration', () => {
    const flags = { force: true, 'cert-dir': '/pki', 'cleanup-tmp-dir': true, 'skip-phases': ['preflight'] }
    const { config } = parseReset({ flags })
    expect(config).toMatchObject({
      force: true,
      certificatesDir: '/pki',
      cleanupTmpDir: true,
      skipPhases: ['preflight'],
    })
  })

  it('reset with --dry-run=false overrides dryRun: true in the file', () => {
    const { config } = parseReset({ ...file('dryRun: true\nforce: true\n'), flags: { 'dry-run': false } })
    expect(config).toMatchObject({ dryRun: false, force: true })
  })

  it("reset accepts kadm's own flags together with a file, but not those of kubeadm", () => {
    const parsed = parseReset({ ...file('force: true\n'), flags: { 'cleanup-network': true, backup: '/root/b' } })
    expect(parsed).toMatchObject({ cleanupNetwork: true, backupDir: '/root/b', config: { force: true } })
    expect(() => parseReset({ ...file('force: true\n'), flags: { 'cleanup-tmp-dir': true } })).toThrow(/can not mix/)
  })

  it.each([
    'backup',
    '/etc/kubernetes',
    '/etc/kubernetes/pki/old',
    '/var/lib/kubelet/b',
    '/var/lib/etcd',
    '/root/../etc',
  ])('reset rejects the backup directory %s', backup => {
    expect(() => parseReset({ flags: { backup } })).toThrow(/--backup .* cannot be used/)
  })
})

describe('the cluster of a reset', () => {
  const parsed = (flags = {}) => parseReset({ flags })

  it('reset uses the configuration that is stored in the cluster', () => {
    const config = makeConfig({ etcd: { local: { dataDir: '/data' } }, certificatesDir: '/stored' })
    const { cluster, node, request } = completeReset(parsed(), {
      ...target,
      config,
      name: 'n1',
      advertiseAddress: '10.0.0.9',
    })
    expect(cluster.config).toEqual(config)
    expect(cluster.nodes).toMatchObject([{ name: 'n1', role: 'control-plane', advertiseAddress: '10.0.0.9' }])
    expect(cluster.nodes).toEqual([node])
    expect(request.fromCluster).toBe(true)
  })

  it('reset uses defaults and the hostname when the cluster is not reachable', () => {
    const { cluster, request } = completeReset(parsed(), target)
    expect(cluster.config).toMatchObject({ certificatesDir: '/etc/kubernetes/pki' })
    expect(cluster.nodes).toMatchObject([{ name: 'cp1', advertiseAddress: '10.77.0.11' }])
    expect(request).toMatchObject({
      kubeconfig: '/etc/kubernetes/admin.conf',
      fromCluster: false,
      cleanupNetwork: false,
      unmountFlags: [],
    })
  })

  it('reset uses --cert-dir instead of the stored certificate directory', () => {
    const config = makeConfig({ certificatesDir: '/stored' })
    const { cluster } = completeReset(parsed({ 'cert-dir': '/mine' }), { ...target, config })
    expect(cluster.config.certificatesDir).toBe('/mine')
  })

  it('reset fails when the host has several container runtimes and none is selected', () => {
    const facts = makeFacts({ criSockets: ['unix:///a.sock', 'unix:///b.sock'] })
    const problems = problemsOf(() => completeReset(parsed(), { ...target, facts }))
    expect(problems).toMatchObject([
      { field: 'ResetConfiguration.criSocket', message: expect.stringMatching(/multiple/) },
    ])
  })

  it.each([
    ['of the flag --cri-socket', { 'cri-socket': '/b.sock' }, 'unix:///a.sock', 'unix:///b.sock'],
    ['that the node was created with', {}, 'unix:///own.sock', 'unix:///own.sock'],
  ])('reset uses the container runtime %s when the host has several', (_, flags, criSocket, expected) => {
    const facts = makeFacts({ criSockets: ['unix:///a.sock', 'unix:///b.sock'] })
    expect(completeReset(parsed(flags), { ...target, facts, criSocket }).node.criSocket).toBe(expected)
  })
})
