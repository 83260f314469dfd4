import semver from 'semver'

/** Images of one Kubernetes minor that kubeadm of that minor deploys beside it. */
export interface Release {
  readonly minor: number
  readonly etcd: string
  readonly coredns: string
  readonly pause: string
}

/** Oldest first. Source: the constants of the last kubeadm patch of each minor. */
export const releases: readonly [Release, ...Release[]] = [
  { minor: 35, etcd: '3.6.6-0', coredns: 'v1.13.1', pause: '3.10.1' },
  { minor: 36, etcd: '3.6.8-0', coredns: 'v1.14.2', pause: '3.10.2' },
  { minor: 37, etcd: '3.7.0-0', coredns: 'v1.14.6', pause: '3.10.2' },
]

/** The row of a version (`v1.37.2`, `ci/v1.38.0-alpha.1`); outside the table the nearest row, as kubeadm does for etcd. */
export function releaseOf(kubernetesVersion: string): Release {
  const minor = semver.parse(kubernetesVersion.replace(/^ci\//, ''))?.minor
  const older = releases.filter(release => minor === undefined || release.minor <= minor)
  return older.at(-1) ?? releases[0]
}
