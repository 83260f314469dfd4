import semver from 'semver'

/** A minor version of Kubernetes and the images that kubeadm of that minor deploys with it. */
export interface Release {
  readonly minor: number
  /** The newest patch that this kadm knows. Labels such as `stable-1.37` resolve to it. */
  readonly newest: string
  /** False for a minor that kadm can read but does not deploy yet. */
  readonly deploys: boolean
  readonly etcd: string
  readonly coredns: string
  readonly pause: string
  /** The mode that kubeadm writes if the mode of kube-proxy is not set. */
  readonly kubeProxyMode: '' | 'iptables'
}

/** Oldest first. Source: the constants of the last kubeadm patch of each minor. */
export const releases: readonly [Release, ...Release[]] = [
  {
    minor: 34,
    newest: 'v1.34.4',
    deploys: false,
    etcd: '3.6.5-0',
    coredns: 'v1.12.1',
    pause: '3.10.1',
    kubeProxyMode: '',
  },
  {
    minor: 35,
    newest: 'v1.35.4',
    deploys: false,
    etcd: '3.6.6-0',
    coredns: 'v1.13.1',
    pause: '3.10.1',
    kubeProxyMode: '',
  },
  {
    minor: 36,
    newest: 'v1.36.3',
    deploys: true,
    etcd: '3.6.8-0',
    coredns: 'v1.14.2',
    pause: '3.10.2',
    kubeProxyMode: '',
  },
  {
    minor: 37,
    newest: 'v1.37.2',
    deploys: true,
    etcd: '3.7.0-0',
    coredns: 'v1.14.6',
    pause: '3.10.2',
    kubeProxyMode: 'iptables',
  },
]

export interface InstalledKubelet {
  /** Name of its host. */
  readonly host: string
  /** `v1.37.2` */
  readonly version: string
}

/** How many minor versions a kubelet can be older than its control plane. */
export const kubeletSkew = 3

/**
 * Returns the row of a version (`v1.37.2`, `ci/v1.38.0-alpha.1`). Outside the table it is the nearest row, as kubeadm
 * does for etcd.
 */
export function releaseOf(kubernetesVersion: string): Release {
  const minor = semver.parse(kubernetesVersion.replace(/^ci\//, ''))?.minor
  const older = releases.filter(release => minor === undefined || release.minor <= minor)
  return older.at(-1) ?? releases[0]
}

/** Returns the minor of a version or an image tag: 37 for `v1.37.2`; undefined for another text, such as a digest. */
export function minorOf(version: string): number | undefined {
  const minor = /^v?1\.(\d+)\.\d+/.exec(version)?.[1]
  return minor === undefined ? undefined : Number(minor)
}
