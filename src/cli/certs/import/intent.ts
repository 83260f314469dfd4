import type { ImportRequest } from '../../../cluster/csr-request.ts'
import { paths } from '../../../cluster/paths.ts'
import { findCertificateNode } from '../../../compose/csr-node.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import type { Target } from '../../../phases/phase.ts'
import { importOnHost } from '../../../phases/pipelines.ts'
import type { Intent, Reached, Seen } from '../../run/intent.ts'
import { type ImportAsked, type ImportInput, parseImport } from './parse.ts'
import { type ImportResult, importResult, importText } from './result.ts'

interface ImportSeen extends Seen<ImportRequest> {
  readonly target: Target<ImportRequest>
  /** True if the host runs an API server. */
  readonly running: boolean
}

/** `kadm certs import`: on this host, or on another over SSH. Needs no API server. */
export const importIntent: Intent<ImportInput, ImportAsked, ImportSeen, ImportResult> = {
  name: () => 'kadm certs import',
  plan: 'certs import',
  parse: parseImport,
  observe: observeImport,
  stages: ({ target, running }) => importOnHost(target, running),
  answer: ({ seen: { target, running }, report }) => importResult(target.node.name, running, report),
  text: importText,
}

async function observeImport(asked: ImportAsked, { first }: Reached): Promise<ImportSeen> {
  const { places, certificates, cas, restart, kubeconfigCopies } = asked
  const [found, state, manifest] = await Promise.all([
    findCertificateNode(first, { ...places, assume: true }),
    observeState({ hosts: [first] }),
    first.stat(paths.manifest('kube-apiserver')),
  ])
  const { target, warnings } = found
  const request = {
    ...{ ...target.request, certificates, cas },
    ...(restart === undefined ? {} : { restart }),
    ...(kubeconfigCopies === undefined ? {} : { kubeconfigCopies }),
  }
  const importing = { ...target, request }
  const dry = { newCluster: false, observedBefore: { warnings } }
  return { target: importing, targets: [importing], running: manifest !== undefined, state, warnings, dry }
}
