import { type Document, isMap, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { type Secret, secret } from '../cluster/secret.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { parseKubeconfig } from './kubeconfig.ts'

/**
 * Returns the kubeconfig with file paths for the certificate and key of its current user. Throws KUBECONFIG_INVALID.
 */
export function pointAtFiles(
  text: string,
  { certificate, key }: { readonly certificate: string; readonly key: string },
  file = 'the kubeconfig',
): string {
  const { user } = parseKubeconfig(text, file)
  const document = parseDocument(text, asTexts)
  set(entry(document, 'users', user, 'user', file), {
    'client-certificate-data': undefined,
    'client-certificate': certificate,
    'client-key-data': undefined,
    'client-key': key,
  })
  return serialized(document)
}

/** Returns the kubeconfig with this URL in the cluster of its current context. Throws KUBECONFIG_INVALID. */
export function pointAtServer(text: string, server: string, file = 'the kubeconfig'): string {
  const { clusterName } = parseKubeconfig(text, file)
  const document = parseDocument(text, asTexts)
  set(entry(document, 'clusters', clusterName, 'cluster', file), { server })
  return serialized(document)
}

export interface EmbeddedCredentials {
  readonly caPem: string
  readonly certificatePem: string
  readonly keyPem: Secret
}

/**
 * Returns the kubeconfig with this CA in the cluster of its current context, and this client certificate in its user.
 * Everything else stays as it is. Throws KUBECONFIG_INVALID.
 */
export function embedCredentials(text: string, embedded: EmbeddedCredentials, file = 'the kubeconfig'): Secret {
  return embedClient(embedCa(text, embedded.caPem, file).reveal(), embedded, file)
}

/** Returns the kubeconfig with these CAs in the cluster of its current context. Throws KUBECONFIG_INVALID. */
export function embedCa(text: string, caPem: string, file = 'the kubeconfig'): Secret {
  const { clusterName } = parseKubeconfig(text, file)
  const document = parseDocument(text, asTexts)
  set(entry(document, 'clusters', clusterName, 'cluster', file), { 'certificate-authority-data': base64(caPem) })
  return secret(serialized(document))
}

/** Returns the kubeconfig with this client certificate in the user of its current context. Throws KUBECONFIG_INVALID. */
export function embedClient(
  text: string,
  { certificatePem, keyPem }: Omit<EmbeddedCredentials, 'caPem'>,
  file = 'the kubeconfig',
): Secret {
  const { user } = parseKubeconfig(text, file)
  const document = parseDocument(text, asTexts)
  set(entry(document, 'users', user, 'user', file), {
    'client-certificate-data': base64(certificatePem),
    'client-key-data': base64(keyPem.reveal()),
  })
  return secret(serialized(document))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** Every value stays as written, because this edit does not interpret values. */
const asTexts = { schema: 'failsafe', prettyErrors: false, uniqueKeys: false, logLevel: 'silent' } as const

function serialized(document: Document): string {
  return document.toString({ lineWidth: 0, indentSeq: false, flowCollectionPadding: false })
}

function entry(document: Document, list: string, name: string, field: string, file: string): YAMLMap {
  const items = document.get(list)
  const found = isSeq(items) ? items.items.find(item => isMap(item) && item.get('name') === name) : undefined
  const body = isMap(found) ? found.get(field) : undefined
  if (isMap(body)) return body
  throw new KadmError('KUBECONFIG_INVALID', `${file} has no ${field} "${name}"`, {
    hint: 'correct the file, or remove it to create a new one',
  })
}

function set(map: YAMLMap, fields: Readonly<Record<string, string | undefined>>): void {
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) map.delete(key)
    else map.set(key, value)
  }
}
