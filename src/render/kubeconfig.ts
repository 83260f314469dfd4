import type { JsonObject } from '../cluster/json.ts'
import { isSecret, type Secret, secret } from '../cluster/secret.ts'
import { toYaml } from '../yaml/write.ts'

/** The credentials of the user: a certificate in the file, files of the host, a token, or only a key. */
export type KubeconfigCredentials =
  | { readonly clientCertPem: string; readonly clientKeyPem: Secret | string }
  | { readonly clientCertificate: string; readonly clientKey: string }
  | { readonly token: Secret | string }
  /** Until an external CA has signed the request. */
  | { readonly clientKeyPem: Secret | string }

export type KubeconfigInput = {
  readonly clusterName: string
  /** `https://10.0.0.1:6443` */
  readonly server: string
  readonly caPem?: string
  readonly user: string
  /** Default: `user@cluster`. */
  readonly contextName?: string
} & KubeconfigCredentials

/** Renders a kubeconfig with one cluster, user and context, byte for byte as kubeadm writes it. */
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

/**
 * Renders the kubeconfig with which a joining kubelet requests its certificate. As in kubeadm, the name of the context
 * does not depend on the cluster.
 */
export function renderBootstrapKubeconfig(
  input: Pick<KubeconfigInput, 'clusterName' | 'server' | 'caPem'> & { readonly token: Secret | string },
): Secret {
  const user = 'tls-bootstrap-token-user'
  return renderKubeconfig({ ...input, user, contextName: `${user}@kubernetes` })
}

/** The user in a kubeconfig that a kubelet wrote. */
export const kubeletsOwnUser = 'default-auth'

/**
 * Renders the kubeconfig that a kubelet writes after it has received its certificate. Source:
 * pkg/kubelet/certificate/bootstrap.
 */
export function renderKubeletKubeconfig(input: {
  readonly server: string
  readonly caPem: string
  /** Path of the certificate and key. */
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

/** Renders the public part of a cluster: its server and CA without a user. */
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
