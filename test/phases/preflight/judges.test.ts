import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/phases/preflight/check.ts'
import { judgeDirAvailable, judgeSetting } from '../../../src/phases/preflight/files.ts'
import { parseListeners } from '../../../src/phases/preflight/listeners.ts'
import { judgeCpus, judgeHostname, judgeKubernetesVersion, judgeMemory } from '../../../src/phases/preflight/machine.ts'
import { parseKubelet } from '../../../src/phases/preflight/node-facts.ts'
import { judgePort } from '../../../src/phases/preflight/ports.ts'
import { judgeFirewalld, judgeKubeletService, judgeKubeletVersion } from '../../../src/phases/preflight/services.ts'

const levels = (findings: readonly Finding[]): string => findings.map(finding => finding.level).join(',')
const texts = (findings: readonly Finding[]): string => findings.map(finding => finding.message).join('\n')

describe('a host', () => {
  it.each([
    [judgeCpus(2), ''],
    [judgeCpus(1), 'the number of available CPUs 1 is less than the required 2'],
    [judgeMemory(1700), ''],
    [judgeMemory(1699), 'the system RAM (1699 MB) is less than the minimum 1700 MB'],
    [judgeKubernetesVersion('v1.37.9'), ''],
    [judgeKubernetesVersion('ci/v1.36.0-alpha.1'), ''],
    [judgeSetting(new Map([['/x', '1']]), '/x'), ''],
    [judgeSetting(new Map([['/x', '0']]), '/x'), '/x contents are not set to 1'],
    [judgeSetting(new Map(), '/x'), '/x does not exist'],
    [judgeDirAvailable(new Map([['/d', 'empty-dir']]), '/d'), ''],
    [judgeDirAvailable(new Map([['/d', 'file']]), '/d'), '/d is not empty'],
  ])('preflight checks the resources, settings and directories of a host (%#)', (findings, expected) => {
    expect(texts(findings)).toBe(expected)
  })

  it.each([
    ['v1.38.0-alpha.0', 'warning'],
    ['x', 'error'],
  ])('preflight reports the unsupported Kubernetes version %s with severity: %s', (version, level) => {
    expect(levels(judgeKubernetesVersion(version))).toBe(level)
  })

  it.each([
    ['cp1', 'found', 0],
    ['cp1', 'unknown', 0],
    ['cp1', 'missing', 2],
    ['cp1', 'slow', 1],
    ['-cp1', 'found', 1],
    ['a'.repeat(64), 'found', 1],
  ] as const)('the host name %s with the lookup result "%s" gets %d warnings', (name, lookup, count) => {
    const findings = judgeHostname(name, lookup)
    expect(findings.map(finding => finding.level)).toEqual(Array.from({ length: count }, () => 'warning'))
  })
})

describe('a port', () => {
  const proc = [
    '  0: 0100007F:2813 00000000:0000 0A 0:0 00:0 0 0 0 1',
    '  1: 0B004D0A:0947 00000000:0000 0A 0:0 00:0 0 0 0 1',
    '  2: 0100007F:1388 0100007F:0001 01 0:0 00:0 0 0 0 1',
    '  0: 00000000000000000000000000000000:192B 00000000000000000000000000000000:0000 0A 0',
    '  1: 000080FE00000000FF00FC00010000FE:0016 00000000000000000000000000000000:0000 0A 0',
    '  2: 00000000:2710 00000000:0000 0A 0',
  ].join('\n')
  const listeners = parseListeners(proc)
  const facts = { listeners, addresses: ['10.77.0.11', 'fd00::1'], settings: new Map<string, string>() }

  it('listening ports are read from the kernel, with IPv6 addresses in short form', () => {
    expect(listeners).toEqual([
      { address: '127.0.0.1', port: 10259 },
      { address: '10.77.0.11', port: 2375 },
      { address: '::', port: 6443 },
      { address: 'fe80::fc:ff:fe00:1', port: 22 },
      { address: '0.0.0.0', port: 10000 },
    ])
  })

  it.each<[number, string | undefined, string]>([
    [10259, undefined, 'Port 10259 is in use'],
    [10259, '127.0.0.1', 'Port 10259 is in use'],
    [10259, '10.77.0.11', ''],
    [10259, '0.0.0.0', 'Port 10259 is in use'],
    [10259, '::', 'Port 10259 is in use'],
    [6443, '10.77.0.11', 'Port 6443 is in use'],
    [10000, '10.77.0.11', 'Port 10000 is in use'],
    [10000, 'fd00::1', ''],
    [5000, undefined, ''],
    [2379, '10.1.1.1', 'Port 2379 cannot be used at 10.1.1.1: no interface has this address'],
  ])(
    'preflight checks port %d at address %s like the kernel does when a process binds to it',
    (port, address, expected) => {
      expect(texts(judgePort(facts, port, address))).toBe(expected)
    },
  )

  it('preflight accepts a port at a foreign address when the kernel allows non-local binds', () => {
    const settings = new Map([['/proc/sys/net/ipv4/ip_nonlocal_bind', '1']])
    expect(judgePort({ ...facts, settings }, 2379, '10.1.1.1')).toEqual([])
  })
})

describe('the kubelet', () => {
  it.each([
    ['1.37.2', 'v1.37.0', 'older and newer', ''],
    ['1.34.0', 'v1.37.0', 'older and newer', ''],
    [
      '1.33.9',
      'v1.37.0',
      'older and newer',
      'Kubelet version "1.33.9" is lower than kubeadm can support. Please upgrade kubelet',
    ],
    ['1.38.0', 'v1.37.0', 'older', ''],
  ] as const)(
    'preflight checks kubelet %s with a control plane of %s (allowed: %s)',
    (version, controlPlane, limits, expected) => {
      expect(texts(judgeKubeletVersion({ version }, controlPlane, limits))).toBe(expected)
    },
  )

  it('preflight of init refuses a kubelet that is newer than the control plane', () => {
    const findings = judgeKubeletVersion({ version: '1.38.0' }, 'v1.37.0', 'older and newer')
    expect(texts(findings)).toMatch(/higher than the control plane version.*"1\.38\.0".*"1\.37\.0"$/)
  })

  it.each([
    [{ code: 0, stdout: 'Kubernetes v1.37.2\n' }, { version: '1.37.2' }],
    [{ code: 0, stdout: 'Kubernetes v1.38.0-alpha.1+abc\n' }, { version: '1.38.0-alpha.1+abc' }],
    [{ code: 0, stdout: 'v1.37' }, { fault: 'Unable to parse output from Kubelet: "v1.37"' }],
    [{ code: 1, stdout: '' }, { fault: "cannot execute 'kubelet --version': exit status 1" }],
    [{ code: 127, stdout: '' }, { fault: "cannot execute 'kubelet --version': executable file not found in $PATH" }],
  ])('the version of the kubelet is parsed from its output (%#)', (output, expected) => {
    expect(parseKubelet(output)).toEqual(expected)
  })

  it('the kubelet and firewalld service checks only warn', () => {
    const on = { exists: true, enabled: true, active: true }
    expect(judgeKubeletService(new Map([['kubelet', on]]))).toEqual([])
    expect(texts(judgeKubeletService(new Map([['kubelet', { ...on, enabled: false }]])))).toBe(
      "kubelet service is not enabled, please run 'systemctl enable kubelet.service'",
    )
    expect(levels(judgeKubeletService(new Map()))).toBe('warning')
    expect(levels(judgeKubeletService(undefined))).toBe('warning')
    expect(texts(judgeFirewalld(new Map([['firewalld', on]]), [6443, 10250]))).toBe(
      'firewalld is active, please ensure ports [6443 10250] are open or your cluster may not function correctly',
    )
    expect(judgeFirewalld(new Map(), [6443])).toEqual([])
  })
})
