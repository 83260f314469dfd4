import semver from 'semver'
import type { CgroupFacts } from './cgroups.ts'
import { type Check, type Finding, failure, warning } from './check.ts'
import { type KernelConfig, kernelConfigPaths, missingOptions } from './kernel-config.ts'
import type { NodeFacts } from './node-facts.ts'

/** Applies the rules of k8s.io/system-validators v1.12 (DefaultSysSpec): kernel, operating system, cgroups. */
export const systemVerification: Check = {
  name: 'SystemVerification',
  run: ({ facts }) => judgeSystem(facts),
}

const supportedKernels = [/^5\.4/, /^5\.10/, /^5\.15/, /^([6-9]|[1-9]\d+)\.\d+\.\d+/]
const requiredV1 = ['cpu', 'cpuacct', 'cpuset', 'devices', 'freezer', 'memory', 'pids']
const optionalV1 = ['hugetlb', 'blkio']
const requiredV2 = ['cpu', 'cpuset', 'devices', 'freezer', 'memory', 'pids']
const optionalV2 = ['hugetlb', 'io']

export type SystemFacts = Pick<NodeFacts, 'os' | 'kernel' | 'kernelConfig' | 'cgroups' | 'kubelet'>

export function judgeSystem(facts: SystemFacts): readonly Finding[] {
  if ('fault' in facts.kubelet) {
    return [failure(`couldn't get kubelet version: ${facts.kubelet.fault}`, 'install the kubelet package on the host')]
  }
  return [
    ...judgeKernel(facts.kernel),
    ...judgeKernelConfig(facts.kernelConfig, facts.kernel, facts.cgroups),
    ...(facts.os === 'Linux' ? [] : [failure(`unsupported operating system: ${facts.os}`, 'use a Linux host')]),
    ...judgeCgroups(facts.cgroups, facts.kernel, facts.kubelet.version),
  ]
}

function judgeKernel(kernel: string): readonly Finding[] {
  if (supportedKernels.some(pattern => pattern.test(kernel))) return []
  return [
    warning(
      `kernel release ${kernel} is unsupported. Supported LTS versions from the 5.x series are 5.4, 5.10 and 5.15. Any 6.x version is also supported. For cgroups v2 support, the recommended version is 5.10 or newer`,
    ),
  ]
}

function judgeKernelConfig(config: KernelConfig, kernel: string, cgroups: CgroupFacts): readonly Finding[] {
  if (!config.found) return [unreadableConfig(config.loadable, kernel)]
  const missing = missingOptions(config.options, cgroups.version !== 1)
  if (missing.length === 0) return []
  return [failure(`unexpected kernel config: ${missing.join(' ')}`, 'boot a kernel that was built with these options')]
}

/** As in kubeadm, a missing file is an error. kubeadm loads the module `configs` if it contains one; kadm does not. */
function unreadableConfig(loadable: boolean, kernel: string): Finding {
  if (loadable)
    return warning('the kernel config is in the module "configs", which is not loaded: kernel options were not checked')
  const places = kernelConfigPaths.map(path => path.replace('$r', kernel)).join(' ')
  return failure(
    `failed to parse kernel config: no config path in [${places}] is available`,
    'install the file /boot/config-$(uname -r) of the kernel, or ignore SystemVerification if the kernel is known to be suitable',
  )
}

function judgeCgroups(cgroups: CgroupFacts, kernel: string, kubelet: string): readonly Finding[] {
  const mountIt = 'boot with systemd.unified_cgroup_hierarchy=1, so that cgroup2 is mounted at /sys/fs/cgroup'
  if (cgroups.version === undefined) {
    return [failure('cannot get a cgroup mount point: cannot get a cgroupfs mount point from "/proc/mounts"', mountIt)]
  }
  if (cgroups.version === 1)
    return [...judgeV1(kubelet, mountIt), ...judgeControllers(cgroups.controllers, requiredV1, optionalV1)]
  if (cgroups.controllers === undefined) {
    const file = `${cgroups.mount}/cgroup.controllers`
    return [failure(`failed to get cgroups v2 subsystems: open ${file}: no such file or directory`, mountIt)]
  }
  // Controllers that the kernel does not list: devices exists since 4.15, freezer since 5.2.
  const implicit = [
    ...(semver.gte(semver.coerce(kernel) ?? '0.0.0', '4.15.0') ? ['devices'] : []),
    ...freezerOf(kernel),
  ]
  return judgeControllers([...implicit, ...cgroups.controllers], requiredV2, optionalV2)
}

function freezerOf(kernel: string): readonly string[] {
  return semver.gte(semver.coerce(kernel) ?? '0.0.0', '5.2.0') ? ['freezer'] : []
}

function judgeV1(kubelet: string, remedy: string): readonly Finding[] {
  const message =
    'cgroups v1 support is deprecated and will be removed in a future release. Please migrate to cgroups v2. ' +
    'To explicitly enable cgroups v1 support for kubelet v1.35 or newer, ' +
    "you must set the kubelet configuration option 'FailCgroupV1' to 'false'. You must also explicitly " +
    'skip this validation. For more information, see https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1'
  return semver.gte(kubelet, '1.35.0-0') ? [failure(message, remedy)] : [warning(message)]
}

function judgeControllers(
  has: readonly string[],
  required: readonly string[],
  optional: readonly string[],
): readonly Finding[] {
  const lacking = required.filter(name => !has.includes(name))
  const wanting = optional.filter(name => !has.includes(name))
  const remedy = `boot the kernel with ${lacking.map(name => `cgroup_enable=${name}`).join(' ')}`
  return [
    ...(lacking.length === 0 ? [] : [failure(`missing required cgroups: ${lacking.join(' ')}`, remedy)]),
    ...(wanting.length === 0
      ? []
      : [
          warning(
            `missing optional cgroups: ${wanting.join(' ')}`,
            'no action is needed unless pods request these resources: then boot a kernel with them enabled',
          ),
        ]),
  ]
}
