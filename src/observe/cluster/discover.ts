import type { Kube } from '../../clients/kube/kube.ts'
import { dataOf, type KubeObject } from '../../cluster/kube-object.ts'
import type { Until } from '../../cluster/until.ts'
import { serverOfEndpoint } from '../../config/kinds/discovery.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { parseCertificates, spkiHash } from '../../pki/certificate.ts'
import { verifyJws } from '../../pki/jws.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { type ReportProgress, reportedWait } from './cluster-wait.ts'

/** Connects to an API server before it is trusted, and after. */
export type Connect = (server: string, trust: { readonly ca: string } | { readonly insecure: true }) => Kube

export interface TokenDiscovery {
  /** `host:port` as given by the operator. */
  readonly endpoint: string
  readonly tokenId: string
  readonly tokenSecret: string
  /** `sha256:<hex>`; empty only with the documented unsafe flag. */
  readonly pins: readonly string[]
  readonly connect: Connect
  readonly until: Until
  readonly report: ReportProgress
  readonly timeoutMs: number
}

export interface Trusted {
  /** URL from cluster-info. The rest of the join connects to this one. */
  readonly server: string
  readonly ca: string
}

/** Timeout for a token signature. It is shorter than the wait for a server that does not respond. */
const signatureMs = 30_000

/**
 * Token discovery as in kubeadm: reads cluster-info without trust, verifies its signature with the token and its CA
 * with the hashes, and reads it again over verified TLS. Throws DISCOVERY_FAILED with the reason.
 */
export async function discoverByToken(input: TokenDiscovery): Promise<Trusted> {
  const url = serverOfEndpoint(input.endpoint)
  const first = await readSigned(input, input.connect(url, { insecure: true }), '')
  checkSignature(input, first)
  const trusted = trustedFrom(first.kubeconfig)
  checkPins(input.pins, trusted.ca)
  if (input.pins.length === 0) return trusted
  const again = await readSigned(input, input.connect(url, { ca: trusted.ca }), ' again over verified TLS')
  if (again.kubeconfig !== first.kubeconfig) {
    throw refused(
      'the cluster-info read over verified TLS differs from the first one',
      'the connection between this node and the API server may be intercepted',
    )
  }
  return trusted
}

interface Signed {
  readonly kubeconfig: string
  readonly signature: string
}

async function readSigned(input: TokenDiscovery, kube: Kube, how: string): Promise<Signed> {
  const started = performance.now()
  const patienceMs = Math.min(signatureMs, input.timeoutMs / 2)
  try {
    const what = `reading cluster-info from ${kube.server}${how}`
    return await input.until(
      what,
      reportedWait(what, input.report, async () => {
        const found = await kube.get({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: 'kube-public',
          name: 'cluster-info',
        })
        const signed = found === undefined ? undefined : signedFrom(found, input.tokenId)
        if (signed === undefined && found !== undefined && performance.now() - started > patienceMs)
          throw unsigned(input.tokenId)
        return signed
      }),
      { timeoutMs: input.timeoutMs, field: 'discovery', intervalMs: 1000, assume: { kubeconfig: '', signature: '' } },
    )
  } catch (error) {
    if (!isKadmError(error, 'TIMEOUT')) throw error
    throw new KadmError('DISCOVERY_FAILED', `cannot find the cluster at ${kube.server}: ${error.message}`, {
      cause: error,
      hint: knowsWhy(error)
        ? (error.hint ?? '')
        : `check that this node can reach the API server, and that the endpoint is host:port of a control plane; ${error.hint}`,
    })
  } finally {
    kube.close()
  }
}

/** True if the last failure already has a hint. */
function knowsWhy({ cause }: KadmError): boolean {
  return isKadmError(cause) && cause.hint !== undefined
}

function signedFrom(object: KubeObject, tokenId: string): Signed | undefined {
  const data = dataOf(object)
  const kubeconfig = data.kubeconfig
  const signature = data[`jws-kubeconfig-${tokenId}`]
  return kubeconfig === undefined || signature === undefined ? undefined : { kubeconfig, signature }
}

function unsigned(tokenId: string): KadmError {
  return refused(
    `could not find a JWS signature in the cluster-info ConfigMap for token ID "${tokenId}"`,
    'the token is unknown or has expired: create one on a control plane node with `kadm token create --print-join-command`',
  )
}

function checkSignature(input: TokenDiscovery, { kubeconfig, signature }: Signed): void {
  if (verifyJws({ content: kubeconfig, signature, tokenId: input.tokenId, tokenSecret: input.tokenSecret })) return
  throw refused(
    'failed to verify the JWS signature of the received cluster info object, cannot trust this API server',
    'the secret part of the token (after the dot) does not match this cluster',
  )
}

function checkPins(pins: readonly string[], ca: string): void {
  if (pins.length === 0) return
  const found = parseCertificates(ca).map(spkiHash)
  const wanted = pins.map(pin => pin.toLowerCase())
  if (found.some(hash => wanted.includes(hash))) return
  throw refused(
    `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${found.join(':')}" are pinned`,
    'compare with --discovery-token-ca-cert-hash: it must be the hash that a control plane of this cluster prints',
  )
}

function trustedFrom(text: string): Trusted {
  const { server, caPem } = parseKubeconfig(text)
  if (caPem === undefined)
    throw refused('the cluster-info contains no CA certificate', 'run `init phase bootstrap-token` on a control plane')
  return { server, ca: caPem }
}

function refused(message: string, hint: string): KadmError {
  return new KadmError('DISCOVERY_FAILED', message, { hint })
}
