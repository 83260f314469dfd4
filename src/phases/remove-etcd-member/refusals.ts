import { type EtcdMember, nameToRemove, showMember, showMemberId } from '../../clients/etcd/etcd.ts'
import { errorCodes } from '../../errors/codes.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { OwnEtcd } from '../../observe/etcd/own-etcd.ts'
import type { PhaseContext } from '../phase.ts'

const skip = '`kadm reset --skip-phases remove-etcd-member` resets without'

/** Describes the etcd that runs here. */
function running({ pids }: OwnEtcd): string {
  if (pids.length === 0) return 'etcd runs on this host in a container'
  return `etcd runs on this host (${pids.length === 1 ? 'pid' : 'pids'} ${pids.join(', ')})`
}

/** The error for an etcd that runs here while other members did not answer. */
export function quorumUnknown({ host }: PhaseContext, own: OwnEtcd, why: KadmError): KadmError {
  // If the host prevents kadm from asking, the error is one of the host.
  const code = errorCodes[why.code].kind === 'host' ? why.code : 'ETCD_UNREACHABLE'
  const message = `${running(own)}, and could not be asked whether others need it for their quorum: ${why.message}`
  return new KadmError(code, message, {
    hint: `${why.hint === undefined ? '' : `${why.hint}; then `}reset again, or run \`kadm reset\` on ${host.name} itself; if its cluster is to go as a whole, ${skip} asking`,
    problems: why.problems,
    cause: why,
  })
}

/** The error for an etcd that runs here whose member cannot be identified. */
export function stillRuns({ node }: PhaseContext, own: OwnEtcd): KadmError {
  const message = `${running(own)}, but which member it is cannot be known: none has the name ${node.name} or an address of this host`
  return new KadmError('ETCD_REFUSED', message, {
    hint: `end it if it is not of this cluster; else take its member out on another control plane, \`kadm node remove NAME --host …\`, then reset again; ${skip} looking`,
  })
}

/** The error for a member of an external etcd of another operator that uses files which the reset would remove. */
export function usesFiles({ cluster }: PhaseContext, own: OwnEtcd): KadmError {
  const message = `${running(own)}, not by the kubelet, and works with files in ${cluster.config.certificatesDir}, which a reset removes`
  return new KadmError('ETCD_REFUSED', message, {
    hint: `give it certificates elsewhere, or take its member out of etcd and stop it, then reset again`,
  })
}

/** The error for an etcd that serves here and is not a member of the cluster's etcd. */
export function notAMember(_: PhaseContext, own: OwnEtcd, id: string): KadmError {
  const message = `${running(own)} as the member ${showMemberId(id)}, which is none of the members of the cluster that was asked`
  return new KadmError('ETCD_REFUSED', message, {
    hint: `see which cluster it is of: compare the kubeconfig that kadm uses with etcd's manifest; ${skip} looking`,
  })
}

/** The error for a member that may or may not belong to this host. */
export function uncertainMember(member: EtcdMember, why: string): KadmError {
  const name = nameToRemove(member)
  const message = `whether the member ${showMember(member)} of etcd (${member.peerUrls.join(', ')}) is that of this host cannot be known: ${why}`
  return new KadmError('ETCD_REFUSED', message, {
    hint: `if it is, run \`kadm node remove ${name} --host …\` on another control plane, then reset again; if it is not, ${skip} it`,
  })
}

/** The warning for a member on another host. */
export function onAnotherHost({ name, peerUrls }: EtcdMember): string {
  const next = `if it was this host's, run \`kadm node remove ${name} --host …\` on another control plane`
  return `the member ${name} of etcd stays: the host has no address of ${peerUrls.join(', ')}, and it answers elsewhere; ${next}`
}

/** The warning for a removed member whose process was not started by the kubelet. */
export function mayRestart(own: OwnEtcd): string {
  return `${running(own)} that the kubelet did not start: what started it, such as a systemd unit, may start it again and write new files; disable that, then reset again`
}
