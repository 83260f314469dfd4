import { given } from '../../cluster/given.ts'
import { type Answers, lines } from '../../observe/machine/questions.ts'

/** How the host mounts cgroups, and which controllers it has. */
export type CgroupFacts =
  | { readonly version: 1; readonly controllers: readonly string[] }
  | { readonly version: 2; readonly mount: string; readonly controllers?: readonly string[] }
  | { readonly version: undefined }

const unified = '/sys/fs/cgroup'

export const cgroupQuestions = {
  cgroupMounts: 'grep cgroup /proc/mounts',
  cgroupMemory: `test -d ${unified}/memory && echo yes`,
  cgroupsV1: 'cat /proc/cgroups',
  cgroupsV2: [
    'while read -r _ m t _; do case $t in cgroup2|tmpfs) f=$m/cgroup.controllers',
    'test -r "$f" && echo "$m $(cat "$f")";; esac; done </proc/mounts',
  ].join('\n'),
} as const

/** Finds the hierarchy as kubeadm does: the mount at /sys/fs/cgroup, else the first of version 2, else version 1. */
export function parseCgroups(answers: Answers): CgroupFacts {
  const mounts = lines(answers('cgroupMounts')).map(line => line.split(' '))
  const root = mounts.find(fields => fields[1] === unified)
  if (root !== undefined) {
    const hybrid = root[2] === 'tmpfs' && answers('cgroupMemory').trim() === 'yes'
    return root[2] === 'cgroup2' || (root[2] === 'tmpfs' && !hybrid)
      ? versionTwo(answers, unified)
      : versionOne(answers)
  }
  const second = mounts.find(fields => fields[2] === 'cgroup2')
  if (second !== undefined) return versionTwo(answers, second[1] ?? unified)
  return mounts.some(fields => fields[2] === 'cgroup') ? versionOne(answers) : { version: undefined }
}

function versionOne(answers: Answers): CgroupFacts {
  const rows = lines(answers('cgroupsV1')).filter(line => !line.startsWith('#'))
  const enabled = rows.map(line => line.split(/\s+/)).filter(fields => fields.length >= 4 && fields[3] !== '0')
  return { version: 1, controllers: enabled.map(fields => fields[0] ?? '') }
}

function versionTwo(answers: Answers, mount: string): CgroupFacts {
  const row = lines(answers('cgroupsV2'))
    .map(line => line.trim().split(' '))
    .find(fields => fields[0] === mount)
  return { version: 2, mount, ...given({ controllers: row?.slice(1) }) }
}
