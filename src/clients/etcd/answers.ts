import type { EtcdMember, EtcdStatus } from './etcd.ts'

/** A member in the JSON of etcd's gateway: 64-bit numbers are strings; empty and false fields are absent. */
export interface MemberMessage {
  readonly ID: string
  readonly name?: string
  readonly peerURLs?: readonly string[]
  readonly clientURLs?: readonly string[]
  readonly isLearner?: boolean
}

export interface EtcdStatusMessage {
  readonly header?: { readonly member_id?: string }
  readonly version?: string
  readonly storageVersion?: string
  readonly downgradeInfo?: { readonly enabled?: boolean; readonly targetVersion?: string }
  readonly dbSize?: string
  readonly leader?: string
  readonly raftIndex?: string
  readonly isLearner?: boolean
  readonly errors?: readonly string[]
}

export function toMember(message: MemberMessage): EtcdMember {
  const { ID: id, name = '', peerURLs = [], clientURLs = [], isLearner = false } = message
  return { id, name, peerUrls: peerURLs, clientUrls: clientURLs, learner: isLearner }
}

export function toStatus(endpoint: string, message: EtcdStatusMessage): EtcdStatus {
  const { header, version = '', dbSize = '0', leader = '0', raftIndex = '0', isLearner = false, errors = [] } = message
  return {
    endpoint,
    memberId: header?.member_id ?? '',
    version,
    ...(message.storageVersion ? { storageVersion: message.storageVersion } : {}),
    ...(message.downgradeInfo?.enabled === true ? { downgradesTo: message.downgradeInfo.targetVersion ?? '' } : {}),
    dbSize: Number(dbSize),
    ...(leader === '0' ? {} : { leader }),
    raftIndex: Number(raftIndex),
    learner: isLearner,
    errors,
  }
}
