import type { CsrRequest } from '../../../cluster/csr-request.ts'
import type { Target } from '../../../phases/phase.ts'
import { profiles } from '../../../pki/profile.ts'
import type { RunReport } from '../../run/run-plan.ts'

/** The result of `kadm certs generate-csr`: the directories and the requests of each node. */
export function csrResult(targets: readonly Target<CsrRequest>[], { values, warnings, seconds }: RunReport) {
  const nodes = targets.map(({ node, cluster, request }) => {
    const requested = values.filter(value => value.node === node.name).map(({ value }) => splitLine(value))
    const { certificatesDir } = cluster.config
    const requests = profiles.flatMap(({ name, base, kind }) => {
      const pem = requested.find(([of]) => of === base)?.[1]
      if (pem === undefined) return []
      const path = `${kind === 'pair' ? certificatesDir : request.kubeconfigDir}/${base}`
      return [{ name, kind, base, path: `${path}.csr`, key: kind === 'pair' ? `${path}.key` : path, request: pem }]
    })
    return { node: node.name, certificatesDir, kubeconfigDir: request.kubeconfigDir, requests }
  })
  return { nodes, copies: [] as readonly string[], warnings, seconds }
}

export type CsrResult = ReturnType<typeof csrResult>

function splitLine(value: string): readonly [string, string] {
  const at = value.indexOf('\n')
  return [value.slice(0, at), value.slice(at + 1)]
}

/** Prints kubeadm's lines, below the name of the node if there are several. */
export function csrText({ nodes, copies }: CsrResult): string {
  const sections = nodes.map(({ node, certificatesDir, kubeconfigDir, requests }) => {
    const list = (kind: 'pair' | 'kubeconfig', dir: string) => {
      const found = requests.filter(request => request.kind === kind)
      return [`generating keys and CSRs in ${dir}`, ...found.map(({ base }) => `  ${base}`)]
    }
    const lines = [...list('pair', certificatesDir), ...list('kubeconfig', kubeconfigDir)]
    return [...(nodes.length > 1 ? [`${node}:`] : []), ...lines]
  })
  return [...sections.flat(), ...copies.map(path => `copied the requests to ${path}`)].map(line => `${line}\n`).join('')
}
