import type { ServingRequest } from '../../../cluster/request.ts'
import { findServingNodes } from '../../../compose/serving-nodes.ts'
import { kubeletServing } from '../../../phases/pipelines.ts'
import type { Intent, Seen } from '../../run/intent.ts'
import type { RunReport } from '../../run/run-plan.ts'
import { parseServing, type ServingAsked, type ServingInput } from './parse.ts'

/** The serving certificate of each kubelet after the run. */
interface ServingAnswer {
  readonly serverTLSBootstrap: boolean
  readonly nodes: readonly { readonly node: string; readonly notAfter?: string }[]
  readonly changes: RunReport['changes']
  readonly warnings: RunReport['warnings']
  readonly seconds: number
}

/** `kadm certs kubelet-serving enable|disable`: the ConfigMap, then one kubelet after another. */
export const servingIntent: Intent<ServingInput, ServingAsked, Seen<ServingRequest>, ServingAnswer> = {
  name: () => 'kadm certs kubelet-serving',
  plan: 'certs kubelet-serving',
  parse: parseServing,
  async observe({ ask }, { hosts }) {
    const found = await findServingNodes(hosts, ask)
    return { ...found, dry: { newCluster: false, observedBefore: { warnings: found.warnings } } }
  },
  stages: ({ targets }) => kubeletServing(targets),
  answer({ asked, seen, report }) {
    const { values, changes, warnings, seconds } = report
    const nodes = seen.targets.map(({ node: { name } }) => {
      const served = values.find(({ node, key }) => node === name && key === 'served')
      return { node: name, ...(served === undefined ? {} : { notAfter: served.value }) }
    })
    return { serverTLSBootstrap: asked.ask.serverTlsBootstrap, nodes, changes, warnings, seconds }
  },
  text: answerText,
}

function answerText({ serverTLSBootstrap, nodes, changes, seconds }: ServingAnswer): string {
  const lines = nodes.map(({ node, notAfter = '' }) =>
    serverTLSBootstrap
      ? `${node}: its kubelet serves a certificate of the cluster CA, which expires on ${notAfter.slice(0, 10)}\n`
      : `${node}: its kubelet signs its own serving certificate\n`,
  )
  const end = changes.length === 0 ? `Nothing changed (${seconds} s).\n` : ''
  const renewals = 'Kubelets ask for a new certificate before this one expires: approve it with `kadm certs approve`.\n'
  return `${lines.join('')}${serverTLSBootstrap ? renewals : ''}${end}`
}
