import { describe, expect, it } from 'vitest'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { cgroupDriver, driverIn, judgeDriver } from '../../../src/phases/preflight/cgroup-driver.ts'
import type { Check } from '../../../src/phases/preflight/check.ts'
import { criPluginDisabled, disabledPlugins } from '../../../src/phases/preflight/cri-plugin.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext, fakeCri, fakeMachine } from './fake-machine.ts'

const unimplemented = () =>
  Promise.reject(
    new KadmError('CRI_FAILED', 'the container runtime at x failed Status: Unimplemented: unknown service', {
      reason: 'unimplemented',
    }),
  )
const down = () => Promise.reject(new KadmError('CRI_FAILED', 'the container runtime at x does not answer'))

async function run(
  check: Check,
  toml: string | undefined,
  cri: Parameters<typeof fakeCri>[1],
  criSocket = 'unix:///run/containerd/containerd.sock',
) {
  const node = makeNode({ criSocket })
  const ctx = fakeContext({ cluster: makeCluster(), node, host: fakeMachine(), cri: fakeCri([], cri) })
  const containerd = toml === undefined ? undefined : { path: '/etc/containerd/config.toml', text: toml }
  const facts = { containerd } as Parameters<typeof check.run>[0]['facts']
  const found = await check.run({ ctx, facts, earlier: nothingEarlier })
  return found.map(({ level, message }) => `${level}: ${message}`)
}

describe('the CRI plugin of containerd', () => {
  it.each([
    ['disabled_plugins = ["cri"]', ['cri']],
    ["disabled_plugins = [\n  'io.containerd.grpc.v1.cri', # old\n]", ['io.containerd.grpc.v1.cri']],
    ['disabled_plugins = ["io.containerd.cri.v1.runtime", "zfs"]', ['io.containerd.cri.v1.runtime']],
    ['disabled_plugins = []', []],
    ['# disabled_plugins = ["cri"]', []],
    ['required_plugins = ["cri"]', []],
    ['', []],
  ])('preflight finds the disabled CRI plugins in %j', (toml, expected) => {
    expect(disabledPlugins(toml)).toEqual(expected)
  })

  const off = 'disabled_plugins = ["cri"]'
  it.each<[string, string, Parameters<typeof fakeCri>[1], string[]]>([
    ['that is enabled', '', {}, []],
    [
      'that is disabled while the runtime does not offer it',
      off,
      { status: unimplemented },
      ['error: /etc/containerd/config.toml disables the plugin "cri"'],
    ],
    [
      'that is disabled while the runtime does not answer',
      off,
      { status: down },
      ['error: /etc/containerd/config.toml disables the plugin "cri"'],
    ],
    [
      'that the runtime does not offer although it is enabled',
      '',
      { status: unimplemented },
      ['error: the container runtime answers and does not offer CRI v1'],
    ],
    [
      'that is enabled while the runtime does not answer',
      '',
      { status: down },
      ['skipped: the container runtime does not answer'],
    ],
    [
      'that a restart would disable',
      off,
      {},
      ['warning: /etc/containerd/config.toml disables "cri": CRI ends with the next restart of containerd'],
    ],
  ])('preflight checks a CRI plugin %s', async (_, toml, cri, expected) => {
    expect(await run(criPluginDisabled, toml, cri)).toEqual(expected)
  })

  it('preflight ignores the CRI plugin of containerd with another runtime', async () => {
    expect(await run(criPluginDisabled, off, {}, 'unix:///var/run/crio/crio.sock')).toEqual([])
  })
})

describe('the cgroup driver', () => {
  it.each([
    ['', 'cgroupfs'],
    ['[x.options]\n  SystemdCgroup = true\n', 'systemd'],
    ['  # SystemdCgroup = true\n', 'cgroupfs'],
    ['SystemdCgroup = false', 'cgroupfs'],
    ['imports = ["/etc/containerd/conf.d/*.toml"]', undefined],
    ['imports = []', 'cgroupfs'],
  ] as const)('the cgroup driver in the containerd configuration %j is %s', (toml, expected) => {
    expect(driverIn(toml)).toBe(expected)
  })

  const differs = (kubelet: string, runtime: string) =>
    `the kubelet is configured for the cgroup driver "${kubelet}", the container runtime uses "${runtime}"`

  it.each([
    ['systemd', 'systemd', undefined, []],
    ['systemd', undefined, undefined, []],
    ['systemd', undefined, 'systemd', []],
    [
      'systemd',
      'cgroupfs',
      'systemd',
      [['warning', `${differs('systemd', 'cgroupfs')}: the kubelet will follow the runtime`]],
    ],
    [
      'systemd',
      undefined,
      'cgroupfs',
      [['error', `${differs('systemd', 'cgroupfs')}, and the kubelet cannot detect it: pods will fail`]],
    ],
  ] as const)(
    'preflight compares the cgroup driver of the kubelet (%s) with the reported (%s) or inferred one (%s)',
    (configured, reported, inferred, expected) => {
      const found = judgeDriver(configured, reported, inferred)
      expect(found.map(({ level, message }) => [level, message])).toEqual(expected)
      expect(found.every(({ remedy }) => remedy?.includes('cgroupDriver: cgroupfs'))).toBe(true)
    },
  )

  it('preflight skips the cgroup driver when the runtime is down and does not infer that of CRI-O', async () => {
    const found = await run(cgroupDriver, '', { cgroupDriver: down })
    expect(found).toEqual(['skipped: the container runtime does not answer'])
    const silent = { cgroupDriver: async () => undefined }
    expect(await run(cgroupDriver, '', silent, 'unix:///var/run/crio/crio.sock')).toEqual([])
    expect(await run(cgroupDriver, '', silent)).toHaveLength(1)
  })

  it('preflight does not infer the cgroup driver of containerd without a configuration file', async () => {
    expect(await run(cgroupDriver, undefined, { cgroupDriver: async () => undefined })).toEqual([])
    expect(await run(cgroupDriver, undefined, { cgroupDriver: async () => 'cgroupfs' })).toHaveLength(1)
  })
})
