import type { StaticPod } from '../machine/static-pod.ts'

/** A member of etcd as the flags of a member list it. */
interface InitialMember {
  readonly name: string
  /** `https://10.0.0.1:2380` */
  readonly peerUrl: string
}

/**
 * Returns the members that the flags of a member list which joined a running etcd; empty for the first member, which
 * has no peers in its flags.
 */
export function initialMembersOf(etcd: StaticPod | undefined): readonly InitialMember[] {
  if (etcd?.flags.get('initial-cluster-state') !== 'existing') return []
  return membersIn(etcd)
}

/** Returns the members in `cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380`. */
export function membersIn(etcd: StaticPod | undefined): readonly InitialMember[] {
  return (etcd?.flags.get('initial-cluster') ?? '').split(',').flatMap(pair => {
    const [, name, peerUrl] = /^([^=]+)=(.+)$/.exec(pair) ?? []
    return name === undefined || peerUrl === undefined ? [] : [{ name, peerUrl }]
  })
}
