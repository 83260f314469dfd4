import semver from 'semver'
import { releases } from '../../cluster/releases.ts'
import { type Check, type Finding, failure, warning } from './check.ts'
import type { Lookup } from './node-facts.ts'

const minCpus = 2
const minMemory = 1700

/** Runs first and alone: without root, other checks would fail on files that they cannot read. */
export const privilegedUser: Check = {
  name: 'IsPrivilegedUser',
  run: ({ facts }) => judgeUser(facts.uid),
}

export const cpus: Check = { name: 'NumCPU', run: ({ facts }) => judgeCpus(facts.cpus) }
export const memory: Check = { name: 'Mem', run: ({ facts }) => judgeMemory(facts.memory) }

export function judgeUser(uid: number): readonly Finding[] {
  if (uid === 0) return []
  return [failure('user is not running as root', 'run kadm with sudo, or log in to the host as root')]
}

export function judgeCpus(count: number): readonly Finding[] {
  if (count >= minCpus) return []
  const message = `the number of available CPUs ${count} is less than the required ${minCpus}`
  return [failure(message, `give the host at least ${minCpus} CPUs`)]
}

/** `memory` in MiB, as the kernel reports usable memory. */
export function judgeMemory(memory: number): readonly Finding[] {
  if (memory >= minMemory) return []
  const message = `the system RAM (${memory} MB) is less than the minimum ${minMemory} MB`
  return [failure(message, 'give the host at least 2 GB of memory')]
}

/** Checks for a program that the kubelet or a phase runs. */
export function program(name: 'losetup' | 'mount' | 'cp'): Check {
  return {
    name: `FileExisting-${name}`,
    run: ({ facts }) =>
      facts.programs.has(name)
        ? []
        : [
            failure(
              `${name} not found in system path`,
              `install the package that holds ${name}, or put it into PATH of root`,
            ),
          ],
  }
}

/** Warns if the version of the cluster is newer than this release of kadm supports. */
export const kubernetesVersion: Check = {
  name: 'KubernetesVersion',
  run: ({ ctx }) => judgeKubernetesVersion(ctx.cluster.config.kubernetesVersion),
}

export function judgeKubernetesVersion(wanted: string): readonly Finding[] {
  const newest = Math.max(...releases.map(release => release.minor))
  const version = semver.parse(wanted.replace(/^ci\//, ''))
  if (version === null) {
    const remedy = 'set kubernetesVersion to a release such as v1.37.2'
    return [failure(`couldn't parse Kubernetes version ${JSON.stringify(wanted)}`, remedy)]
  }
  if (version.major === 1 && version.minor <= newest) return []
  return [
    warning(
      `Kubernetes version is greater than kadm knows. Please consider to upgrade kadm. Kubernetes version: ${version.version}. kadm knows up to: 1.${newest}.x`,
    ),
  ]
}

/** Never an error: a node works under any name that its kubelet registers. */
export const hostname: Check = {
  name: 'Hostname',
  run: ({ ctx, facts }) => judgeHostname(ctx.node.name, facts.lookup),
}

export function judgeHostname(name: string, lookup: Lookup): readonly Finding[] {
  const remedy = `make the name resolvable: add a line "ADDRESS ${name}" in /etc/hosts, or DNS`
  const unreachable = warning(`hostname "${name}" could not be reached`, remedy)
  const reasons: Readonly<Record<Lookup, readonly Finding[]>> = {
    found: [],
    unknown: [],
    missing: [unreachable, warning(`hostname "${name}": lookup ${name}: no such host`, remedy)],
    slow: [
      warning(
        `hostname "${name}": lookup ${name}: no answer within 2 s; /etc/hosts does not have the name`,
        `run \`getent hosts ${name}\` on the host: if it resolves, the host or its name server is only slow; otherwise ${remedy}`,
      ),
    ],
  }
  return [...nameFaults(name), ...reasons[lookup]]
}

/** Validates a qualified name of Kubernetes without a prefix. */
function nameFaults(name: string): readonly Finding[] {
  const faults = []
  if (name.length > 63) faults.push('name part must be no more than 63 characters')
  if (!/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name)) {
    faults.push(
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    )
  }
  return faults.map(fault => warning(`invalid node name format "${name}": ${fault}`))
}
