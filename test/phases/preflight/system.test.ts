import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/phases/preflight/check.ts'
import { parseNodeFacts } from '../../../src/phases/preflight/node-facts.ts'
import { judgeSystem, type SystemFacts } from '../../../src/phases/preflight/system.ts'

const levels = (findings: readonly Finding[]): string => findings.map(finding => finding.level).join(',')
const texts = (findings: readonly Finding[]): string => findings.map(finding => finding.message).join('\n')

describe('the system', () => {
  const required =
    'NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CPUSETS MEMCG INET EXT4_FS PROC_FS NETFILTER_XT_TARGET_REDIRECT NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED CGROUPS CGROUP_BPF CGROUP_PIDS CGROUP_SCHED'
  const options = new Map(required.split(' ').map(name => [name, 'm']))
  const without = (...names: string[]) => new Map([...options].filter(([name]) => !names.includes(name)))
  const facts: SystemFacts = {
    os: 'Linux',
    kernel: '6.1.0-18-amd64',
    kernelConfig: { found: true, options },
    cgroups: { version: 2, mount: '/sys/fs/cgroup', controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids'] },
    kubelet: { version: '1.37.2' },
  }
  const v1 = ['cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids', 'hugetlb', 'blkio']

  it.each<[string, Partial<SystemFacts>, string, RegExp]>([
    ['that is suitable', {}, '', /^$/],
    ['of an old kernel', { kernel: '5.8.1' }, 'warning', /^kernel release 5\.8\.1 is unsupported/],
    ['of a kernel of the 5.15 series', { kernel: '5.15.0-91-generic' }, '', /^$/],
    [
      'without kernel options',
      { kernelConfig: { found: true, options: without('EXT4_FS', 'CGROUP_BPF') } },
      'error',
      /^unexpected kernel config: EXT4_FS CGROUP_BPF$/,
    ],
    [
      'whose option has its older name',
      {
        kernelConfig: {
          found: true,
          options: without('NETFILTER_XT_TARGET_REDIRECT').set('IP_NF_TARGET_REDIRECT', 'y'),
        },
      },
      '',
      /^$/,
    ],
    [
      'with an option left out',
      { kernelConfig: { found: true, options: new Map(options).set('INET', 'n') } },
      'error',
      /config: INET$/,
    ],
    [
      'without a kernel config',
      { kernelConfig: { found: false, loadable: false } },
      'error',
      /^failed to parse kernel config: .*\/boot\/config-6\.1/,
    ],
    [
      'with a kernel config that is not loaded',
      { kernelConfig: { found: false, loadable: true } },
      'warning',
      /not checked/,
    ],
    ['of another kind', { os: 'FreeBSD' }, 'error', /^unsupported operating system: FreeBSD$/],
    ['without kubelet', { kubelet: { fault: 'x' } }, 'error', /^couldn't get kubelet version: x$/],
    [
      'with cgroups v1 and a new kubelet',
      {
        cgroups: { version: 1, controllers: v1 },
        kernelConfig: {
          found: true,
          options: new Map(options).set('CGROUP_CPUACCT', 'y').set('CGROUP_DEVICE', 'y').set('CGROUP_FREEZER', 'y'),
        },
      },
      'error',
      /^cgroups v1 support is deprecated/,
    ],
    [
      'with cgroups v1 and an old kubelet',
      {
        kubelet: { version: '1.34.1' },
        cgroups: { version: 1, controllers: v1 },
        kernelConfig: {
          found: true,
          options: new Map(options).set('CGROUP_CPUACCT', 'y').set('CGROUP_DEVICE', 'y').set('CGROUP_FREEZER', 'y'),
        },
      },
      'warning',
      /^cgroups v1/,
    ],
    [
      'without the memory controller',
      { cgroups: { version: 2, mount: '/c', controllers: ['cpu', 'cpuset', 'pids', 'io', 'hugetlb'] } },
      'error',
      /^missing required cgroups: memory$/,
    ],
    [
      'without huge pages',
      { cgroups: { version: 2, mount: '/c', controllers: ['cpu', 'cpuset', 'pids', 'io', 'memory'] } },
      'warning',
      /^missing optional cgroups: hugetlb$/,
    ],
    [
      'with a kernel that cannot freeze',
      { kernel: '5.1.0', cgroups: facts.cgroups },
      'warning,error',
      /missing required cgroups: freezer$/,
    ],
    ['without cgroups', { cgroups: { version: undefined } }, 'error', /^cannot get a cgroup mount point/],
  ])('SystemVerification checks a system %s', (_, overrides, level, text) => {
    const findings = judgeSystem({ ...facts, ...overrides })
    expect(levels(findings)).toBe(level)
    expect(texts(findings)).toMatch(text)
  })

  it.each<[string, Record<string, string>, unknown]>([
    [
      'unified',
      { cgroupMounts: 'cgroup2 /sys/fs/cgroup cgroup2 rw', cgroupsV2: '/sys/fs/cgroup cpu pids' },
      { version: 2, mount: '/sys/fs/cgroup', controllers: ['cpu', 'pids'] },
    ],
    [
      'hybrid',
      {
        cgroupMounts: 'tmpfs /sys/fs/cgroup tmpfs ro\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw',
        cgroupMemory: 'yes',
        cgroupsV1: '#name\ncpu 1 1 1\npids 2 1 0',
      },
      { version: 1, controllers: ['cpu'] },
    ],
    [
      'elsewhere',
      { cgroupMounts: 'cgroup2 /cg cgroup2 rw', cgroupsV2: '/cg cpu' },
      { version: 2, mount: '/cg', controllers: ['cpu'] },
    ],
    ['nowhere', {}, { version: undefined }],
  ])('the cgroup mounts of a host are detected: %s', (_, answers, expected) => {
    expect(parseNodeFacts(name => answers[name] ?? '').cgroups).toEqual(expected)
  })
})
