import type { RenewRequest } from '../../cluster/request.ts'
import { isKadmError, orUndefined } from '../../errors/kadm-error.ts'
import { replacedFile } from '../../ops/replaced-file.ts'
import { embedCredentials } from '../../pki/kubeconfig-edit.ts'
import { renewables } from '../../pki/renewable.ts'
import type { ControlPlaneContext, ControlPlanePhase } from '../phase.ts'
import { type Embedded, readEmbedded, sameUser } from './embedded.ts'

type Context = ControlPlaneContext<RenewRequest>

/** The file that kubectl uses for root, usually a copy of admin.conf. */
const rootConfig = '/root/.kube/config'

export const refreshCopies: ControlPlanePhase<RenewRequest> = {
  id: 'kubeconfig-copies/refresh',
  title: 'Refresh copies of the kubeconfigs',
  about:
    'Copies the client certificates of the kubeconfigs to the files of --refresh-kubeconfig that hold the same users.',
  kubeadm: 'none',
  role: 'control-plane',
  skip: ({ request: { kubeconfigsOf } }) =>
    kubeconfigsOf === undefined ? undefined : `the kubeconfigs belong to ${kubeconfigsOf}, not to --cert-dir`,
  async run(ctx) {
    const sources = await readSources(ctx)
    const copies = ctx.request.kubeconfigCopies ?? []
    for (const path of copies) await refresh(ctx, path, sources)
    if (!copies.includes(rootConfig)) await warnOfOldCopy(ctx, sources)
  },
}

/** Reads the kubeconfigs of the control plane that can be renewed. */
async function readSources({ host, request }: Context): Promise<readonly Embedded[]> {
  const names = renewables.filter(({ kind }) => kind === 'kubeconfig').map(({ name }) => name)
  const found = await Promise.all(
    names.map(name => readEmbedded(host, `${request.kubeconfigDir}/${name}`).catch(orUndefined)),
  )
  return found.filter(one => one !== undefined)
}

/** Replaces the certificate and the key of a copy. Mode, owner, CA, server and everything else stay. */
async function refresh(ctx: Context, path: string, sources: readonly Embedded[]): Promise<void> {
  const { host, report } = ctx
  const kept = (why: string) => report({ kind: 'warning', text: `${host.name}: ${path} is not refreshed: ${why}` })
  if ((await host.stat(path)) === undefined) return kept('it does not exist')
  const copy = await readEmbedded(host, path).catch(asProblem)
  if (typeof copy === 'string') return kept(copy)
  if (copy === undefined) return kept('its client certificate, key or CA is not embedded')
  const source = sameUser(copy, sources)
  if (source === undefined) {
    const { commonName } = copy.certificate.subject
    return kept(`no kubeconfig in ${ctx.request.kubeconfigDir} has its user ${commonName} and its CA`)
  }
  if (source.certificate.serial === copy.certificate.serial) return
  const { certificatePem, keyPem } = source
  const content = embedCredentials(copy.text, { caPem: copy.caPem, certificatePem, keyPem }, path)
  await host.writeFile({ ...(await replacedFile(host, path, 0o600)), content })
  report({ kind: 'result', key: 'refreshed', value: path })
}

async function warnOfOldCopy({ host, report }: Context, sources: readonly Embedded[]): Promise<void> {
  const copy = await readEmbedded(host, rootConfig).catch(orUndefined)
  const source = copy && sameUser(copy, sources)
  if (copy === undefined || source === undefined) return
  const until = copy.certificate.notAfter
  if (source.certificate.serial === copy.certificate.serial || until > source.certificate.notAfter) return
  const text = `${rootConfig} is a copy of an earlier ${source.path}, and expires on ${until.toISOString()}: refresh it with --refresh-kubeconfig ${rootConfig}`
  report({ kind: 'warning', text: `${host.name}: ${text}` })
}

function asProblem(error: unknown): string {
  if (!isKadmError(error)) throw error
  return error.message
}
