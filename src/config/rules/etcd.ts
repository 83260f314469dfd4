import { parseGoUrl, unreachable } from '../../cluster/go-url.ts'
import type { ClusterConfiguration, ExternalEtcd, LocalEtcd } from '../../cluster/spec.ts'
import { type Fault, type FieldPath, faultsOf } from '../field/field-path.ts'
import { validateArgs, validateCertNames, validatePath, validateRepository } from '../field/validate-fields.ts'

const kind = 'ClusterConfiguration'
const fault = faultsOf(kind)

/** Source: ValidateEtcd of kubeadm. */
export function validateEtcd({ etcd }: ClusterConfiguration): readonly Fault[] {
  const { local, external } = etcd
  if (local !== undefined && external !== undefined) {
    return [
      fault(
        ['etcd'],
        '.Etcd.Local and .Etcd.External are mutually exclusive',
        'remove one of etcd.local and etcd.external',
      ),
    ]
  }
  if (local !== undefined) return validateLocal(local)
  return external === undefined ? [] : validateExternal(external)
}

function validateLocal(local: LocalEtcd): readonly Fault[] {
  const at = (name: string): FieldPath => ['etcd', 'local', name]
  const { imageRepository } = local
  return [
    ...validatePath(kind, at('dataDir'), local.dataDir),
    ...validateCertNames(kind, at('serverCertSANs'), local.serverCertSANs),
    ...validateCertNames(kind, at('peerCertSANs'), local.peerCertSANs),
    ...(imageRepository === undefined ? [] : validateRepository(kind, at('imageRepository'), imageRepository)),
    ...validateArgs(kind, at('extraArgs'), local.extraArgs),
  ]
}

function validateExternal(external: ExternalEtcd): readonly Fault[] {
  const at = (name: string): FieldPath => ['etcd', 'external', name]
  const { caFile, certFile, keyFile, endpoints, httpEndpoints = [] } = external
  const files = { caFile, certFile, keyFile }
  const secure = Object.values(files).some(file => file !== undefined)
  const faults: Fault[] = []
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const message = 'either both or none of .Etcd.External.CertFile and .Etcd.External.KeyFile must be set'
    faults.push(fault(['etcd', 'external'], message, 'set certFile and keyFile'))
  }
  if (certFile !== undefined && keyFile !== undefined && caFile === undefined) {
    const message = 'setting .Etcd.External.CertFile and .Etcd.External.KeyFile requires .Etcd.External.CAFile'
    faults.push(fault(['etcd', 'external'], message, 'set caFile'))
  }
  if (endpoints.length === 0) {
    faults.push(fault(at('endpoints'), 'at least one endpoint must be specified', 'add https://<address>:2379'))
  }
  const copied = httpEndpoints.length === endpoints.length && httpEndpoints.every((url, i) => url === endpoints[i])
  return [
    ...faults,
    ...endpoints.flatMap((url, i) => validateUrl([...at('endpoints'), i], url, secure)),
    ...(copied ? [] : httpEndpoints.flatMap((url, i) => validateUrl([...at('httpEndpoints'), i], url, false))),
    ...Object.entries(files).flatMap(([name, file]) => (file === undefined ? [] : validatePath(kind, at(name), file))),
  ]
}

/**
 * Source: ValidateURLs. An empty host or an invalid port, which Go parses and no etcd client can use, is rejected here;
 * kubeadm reports it in preflight.
 */
function validateUrl(path: FieldPath, text: string, secure: boolean): readonly Fault[] {
  const remedy = 'write https://<address>:2379'
  const url = parseGoUrl(text)
  if ('message' in url) return [fault(path, `"${text}": URL parse error: ${url.message}`, remedy)]
  if (secure && url.scheme !== 'https')
    return [fault(path, `"${text}": the URL must be using the HTTPS scheme`, remedy)]
  if (url.scheme === '') return [fault(path, `"${text}": the URL without scheme is not allowed`, remedy)]
  const reason = unreachable(url)
  return reason === undefined ? [] : [fault(path, `"${text}": ${reason}`, remedy)]
}
