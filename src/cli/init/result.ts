import { type Cluster, controlPlanesOf } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { InitRequest } from '../../cluster/request.ts'
import { shellWord } from '../../errors/operator-commands.ts'
import { quote } from '../../host/quote.ts'
import type { Target } from '../../phases/phase.ts'
import { renderJoinCommand } from '../../render/join-command.ts'
import type { RunReport } from '../run/run-plan.ts'

const withheld = '<value withheld>'

/** The result of `kadm init`. */
export function initResult({ cluster, node, request }: Target<InitRequest>, report: RunReport) {
  const { results } = report
  const endpoint = results.endpoint?.[0]
  const caCertHashes = results.caCertHash ?? []
  const key = results.certificateKey?.[0]
  const shownKey = key !== undefined && request.skipCertificateKeyPrint ? withheld : key
  const tokens = (results.token ?? []).map(token => (request.skipTokenPrint ? withheld : token))
  const joinCommands = tokens.flatMap(token => {
    if (endpoint === undefined) return []
    const parts = { endpoint, token, hashes: caCertHashes }
    const worker = { role: 'worker' as const, command: renderJoinCommand(parts).trimEnd() }
    if (cluster.config.controlPlaneEndpoint === undefined) return [worker]
    const more = { controlPlane: given({ certificateKey: shownKey }) }
    return [{ role: 'control-plane' as const, command: renderJoinCommand({ ...parts, ...more }).trimEnd() }, worker]
  })
  return {
    node: node.name,
    kubernetesVersion: cluster.config.kubernetesVersion,
    kubeconfig: request.kubeconfig,
    ...(endpoint === undefined ? {} : { endpoint, caCertHashes, tokens }),
    ...given({ certificateKey: shownKey }),
    joinCommands,
    changes: report.changes,
    phases: report.phases,
    warnings: report.warnings,
    seconds: report.seconds,
  }
}

export type InitResult = ReturnType<typeof initResult>

/** The text at the end of the run. `spec` is the host as the operator named it; absent if kadm ran on it. */
export function initText(result: InitResult, cluster: Cluster, spec: string | undefined): string {
  const changed = result.changes.length
  const first =
    changed === 0
      ? `The control plane is up to date; nothing changed (${result.seconds} s).`
      : `Your Kubernetes control-plane has initialized successfully! (${result.seconds} s, ${changed} changes)`
  const here = shellWord(spec ?? controlPlanesOf(cluster)[0]?.advertiseAddress ?? result.node)
  return `${[first, useIt(result, here), network(cluster), joinTexts(result, here)].filter(Boolean).join('\n\n')}\n`
}

function useIt(result: ReturnType<typeof initResult>, here: string): string {
  return `To use the cluster, as root on ${result.node}:
  export KUBECONFIG=${quote([result.kubeconfig])}
or copy the file to your workstation:
  kadm kubeconfig fetch --host ${here}
admin.conf grants full access to the cluster: do not share it.`
}

function network(cluster: Cluster): string {
  const { podSubnet } = cluster.config.networking
  const subnet = podSubnet === undefined ? 'no podSubnet is set' : `the pod subnet is ${podSubnet}`
  return `Nodes become Ready after you install a network add-on (CNI plugin); ${subnet}:
  kubectl apply -f <network add-on>.yaml`
}

function joinTexts(result: ReturnType<typeof initResult>, here: string): string {
  const { joinCommands, tokens } = result
  if (joinCommands.length === 0) return ''
  const controlPlane = joinCommands.filter(({ role }) => role === 'control-plane')
  const workers = joinCommands.filter(({ role }) => role === 'worker')
  const note = tokens?.includes(withheld) ? ' (the token is not shown: create one with `kadm token create`)' : ''
  const fromHere = 'or run from your workstation, without copying files:'
  const copied = result.certificateKey === undefined ? ', after copying the CAs and keys of this node there' : ''
  const controlPlanes = [
    `To join more control planes, run on each as root${copied}:`,
    ...controlPlane.map(indent),
    fromHere,
    `  kadm join --control-plane --host <host> --from ${here}`,
  ]
  const parts = [
    ...(controlPlane.length === 0 ? [] : controlPlanes),
    `To join workers, run on each as root${note}:`,
    ...workers.map(indent),
    fromHere,
    `  kadm join --host <worker> --from ${here}`,
  ]
  return parts.join('\n')
}

function indent({ command }: { readonly command: string }): string {
  return `  ${command.replaceAll('kubeadm join', 'kadm join')}`
}

/** The text after a single phase: only what the phase reports. */
export function initPhaseText({ joinCommands, certificateKey }: InitResult): string {
  const lines = [
    ...joinCommands.map(({ command }) => command),
    ...(certificateKey === undefined ? [] : [`certificate key: ${certificateKey}`]),
  ]
  return lines.map(line => `${line}\n`).join('')
}
