import { describe, expect, it } from 'vitest'
import { flagsOfPhase } from '../../../src/cli/run/phase-flags.ts'
import { flags, flagsOf, phaseFlags } from '../../../src/config/flags/flags.ts'

/** Copied from the help of kubeadm 1.37.2. `kubeconfig` belongs to the phases of init, not to init. */
const kubeadm = {
  init: [
    ...[
      'apiserver-advertise-address',
      'apiserver-bind-port',
      'apiserver-cert-extra-sans',
      'cert-dir',
      'certificate-key',
    ],
    ...['config', 'control-plane-endpoint', 'cri-socket', 'dry-run', 'feature-gates', 'ignore-preflight-errors'],
    ...['image-repository', 'kubernetes-version', 'node-name', 'patches', 'pod-network-cidr', 'service-cidr'],
    ...['service-dns-domain', 'skip-certificate-key-print', 'skip-phases', 'skip-token-print', 'token', 'token-ttl'],
    'upload-certs',
  ],
  join: [
    ...[
      'apiserver-advertise-address',
      'apiserver-bind-port',
      'certificate-key',
      'config',
      'control-plane',
      'cri-socket',
    ],
    ...[
      'discovery-file',
      'discovery-token',
      'discovery-token-ca-cert-hash',
      'discovery-token-unsafe-skip-ca-verification',
    ],
    ...['dry-run', 'ignore-preflight-errors', 'node-name', 'patches', 'skip-phases', 'tls-bootstrap-token', 'token'],
  ],
  reset: [
    ...['cert-dir', 'cleanup-tmp-dir', 'config', 'cri-socket', 'dry-run', 'force', 'ignore-preflight-errors'],
    ...['kubeconfig', 'skip-phases'],
  ],
} as const
const own = { init: ['certificate-key-file', 'token-file'], reset: ['backup', 'cleanup-network'] }

describe('the table of flags', () => {
  it.each([
    ['init', own.init],
    ['join', own.init],
    ['reset', own.reset],
  ] as const)('the table of flags has the flags of kubeadm %s and additional flags of kadm', (command, mine) => {
    const names = flagsOf(command).map(flag => flag.name)
    expect(names.filter(name => !mine.includes(name)).sort()).toEqual([...kubeadm[command]].sort())
    expect(names.filter(name => mine.includes(name)).sort()).toEqual(mine)
  })

  it('the table of flags has each flag of a command once', () => {
    for (const command of ['init', 'join', 'reset'] as const) {
      const names = flags.filter(flag => flag.commands.includes(command)).map(flag => flag.name)
      expect(new Set(names).size).toBe(names.length)
    }
  })

  it.each([
    ['mark-control-plane', ['config', 'dry-run', 'node-name']],
    ['kubelet-finalize/all', ['cert-dir', 'config', 'dry-run']],
    ['bootstrap-token', ['config', 'dry-run', 'kubeconfig', 'skip-token-print']],
    ['etcd/local', ['cert-dir', 'config', 'dry-run', 'image-repository', 'patches']],
    [
      'addon/kube-proxy',
      [
        ...['apiserver-advertise-address', 'apiserver-bind-port', 'config', 'control-plane-endpoint', 'dry-run'],
        ...['image-repository', 'kubeconfig', 'kubernetes-version', 'pod-network-cidr', 'print-manifest'],
      ],
    ],
    ['certs/ca', ['cert-dir', 'config', 'dry-run', 'kubernetes-version']],
  ])('the phase %s has the same flags as in kubeadm', (phase, expected) => {
    expect(flagsOfPhase('init', phase).map(flag => flag.name)).toEqual(expected)
  })

  it('the phase show-join-command has the flags that its output depends on', () => {
    const expected = ['config', 'control-plane-endpoint', 'dry-run', 'kubeconfig', 'skip-token-print']
    expect(flagsOfPhase('init', 'show-join-command').map(flag => flag.name)).toEqual(expected)
  })

  it('`init phase` has the flags of every phase', () => {
    expect(phaseFlags('init').map(flag => flag.name)).toEqual(expect.arrayContaining(['kubeconfig', 'kubeconfig-dir']))
  })
})
