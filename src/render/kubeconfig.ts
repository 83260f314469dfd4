import type { JsonObject } from '../cluster/json.ts'
import { isSecret, type Secret, secret } from '../cluster/secret.ts'
import { toYaml } from '../yaml/write.ts'

/** How the user proves who it is: with a certificate in the file, with files of the host, with a token, or not yet. */
export type KubeconfigCredentials =
  | { readonly clientCertPem: string; readonly clientKeyPem: Secret | string }
  | { readonly clientCertificate: string; readonly clientKey: string }
  | { readonly token: Secret | string }
  /** Before an external CA has signed the request. */
  | { readonly clientKeyPem: Secret | string }

export type KubeconfigInput = {
  readonly clusterName: string
  /** `https://10.0.0.1:6443` */
  readonly server: string
  readonly caPem?: string
  readonly user: string
  /** `user@cluster` by default. */
  readonly contextName?: string
} & KubeconfigCredentials

/** A kubeconfig with one cluster, user and context, byte for byte as kubeadm writes it. */
export function renderKubeconfig(input: KubeconfigInput): Secret {
  const { clusterName, server, caPem, user, contextName = `${user}@${clusterName}` } = input
  const text = toYaml({
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': encode(caPem), server }, name: clusterName }],
    contexts: [{ context: { cluster: clusterName, user }, name: contextName }],
    'current-context': contextName,
    kind: 'Config',
    users: [{ name: user, user: renderCredentials(input) }],
  })
  return secret(text)
}

/** What a joining kubelet asks for its certificate with. The context keeps kubeadm's name whatever the cluster's is. */
export function renderBootstrapKubeconfig(
  input: Pick<KubeconfigInput, 'clusterName' | 'server' | 'caPem'> & { readonly token: Secret | string },
): Secret {
  const user = 'tls-bootstrap-token-user'
  return renderKubeconfig({ ...input, user, contextName: `${user}@kubernetes` })
}

/** The user in a kubeconfig that a kubelet wrote for itself. */
export const kubeletsOwnUser = 'default-auth'

/** What a kubelet writes for itself when it has got its certificate. Source: pkg/kubelet/certificate/bootstrap. */
export function renderKubeletKubeconfig(input: {
  readonly server: string
  readonly caPem: string
  /** Path of the certificate, with its key. */
  readonly certificate: string
}): string {
  const { server, caPem, certificate } = input
  return toYaml({
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': encode(caPem), server }, name: 'default-cluster' }],
    contexts: [
      { context: { cluster: 'default-cluster', namespace: 'default', user: kubeletsOwnUser }, name: 'default-context' },
    ],
    'current-context': 'default-context',
    kind: 'Config',
    users: [{ name: kubeletsOwnUser, user: { 'client-certificate': certificate, 'client-key': certificate } }],
  })
}

/** The public part of a cluster: its server and CA, without a user. */
export function renderClusterInfoKubeconfig({ server, caPem }: { server: string; caPem: string }): string {
  return toYaml({
    apiVersion: 'v1',
    clusters: [{ cluster: { 'certificate-authority-data': encode(caPem), server }, name: '' }],
    contexts: null,
    'current-context': '',
    kind: 'Config',
    users: null,
  })
}

function renderCredentials(input: KubeconfigCredentials): JsonObject {
  if ('token' in input) return { token: reveal(input.token) }
  if ('clientCertificate' in input) {
    return { 'client-certificate': input.clientCertificate, 'client-key': input.clientKey }
  }
  const certificate = 'clientCertPem' in input ? encode(input.clientCertPem) : undefined
  return { 'client-certificate-data': certificate, 'client-key-data': encode(reveal(input.clientKeyPem)) }
}

function reveal(value: Secret | string): string {
  return isSecret(value) ? value.reveal() : value
}

function encode(pem: string | undefined): string | undefined {
  return pem === undefined || pem === '' ? undefined : Buffer.from(pem).toString('base64')
}
