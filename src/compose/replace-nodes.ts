import { keyAlgorithm } from '../cluster/key-algorithm.ts'
import { type CaName, pairOf } from '../cluster/node-files.ts'
import { type CaGoal, type CaPair, goalOf, type ReplaceRequest } from '../cluster/rotation.ts'
import { secret } from '../cluster/secret.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { ConnectedHost } from '../host/host.ts'
import { readText } from '../observe/machine/read-text.ts'
import { readCaOnHost } from '../observe/pki/rotation-files.ts'
import type { Target } from '../phases/phase.ts'
import { parseCertificate } from '../pki/certificate.ts'
import { parsePrivateKey, usualAlgorithmOf } from '../pki/keys.ts'
import { newCa } from '../pki/rotation.ts'
import { findNodesToRenew, type NodesToRenew, type RenewedControlPlane } from './renew-nodes.ts'
import { pairOfHosts } from './rotation-pair.ts'

/** The nodes of a cluster with expired CAs. */
export interface FoundReplacement extends Pick<NodesToRenew, 'source' | 'warnings'> {
  /** In the order of the hosts, with the new CAs. */
  readonly targets: readonly Target<ReplaceRequest>[]
  readonly goals: readonly CaGoal[]
}

/**
 * Reads the hosts of a cluster whose CAs have expired, and creates their successors unless an earlier run has. Asks no API
 * server. Throws USAGE if no CA has expired, and CERT_INVALID for a CA whose key is not on the control planes.
 */
export async function findReplacement(
  hosts: readonly ConnectedHost[],
  kubeconfig: string,
  startedAt: Date,
): Promise<FoundReplacement> {
  const { targets, controlPlanes, source, warnings } = await findNodesToRenew(hosts, { kubeconfig })
  const [first] = controlPlanes
  if (first === undefined) {
    throw new KadmError('USAGE', 'none of the hosts is a control plane', {
      hint: 'name every host of the cluster with --host, control planes first',
    })
  }
  const names: readonly CaName[] =
    first.cluster.config.etcd.external === undefined ? ['ca', 'front-proxy-ca', 'etcd-ca'] : ['ca', 'front-proxy-ca']
  const found = await Promise.all(names.map(ca => readReplacement(ca, controlPlanes, startedAt)))
  const goals = found.flatMap(goal => goal ?? [])
  if (goals.length === 0) throw noneExpired()
  const more = { goals, nodeNames: [], restartPods: true, patchCaBundles: false, kubelets: 'always' } as const
  return {
    targets: targets.map(({ request: { apiSilent: _, ...request }, ...target }) => ({
      ...target,
      request: { ...request, ...more },
    })),
    goals,
    warnings,
    ...(source === undefined ? {} : { source }),
  }
}

/** Returns the goal for a CA that has expired, also if an earlier run has replaced it on some hosts. */
async function readReplacement(
  ca: CaName,
  controlPlanes: readonly RenewedControlPlane[],
  startedAt: Date,
): Promise<CaGoal | undefined> {
  const found = await Promise.all(
    controlPlanes.map(({ host, cluster, request }) => {
      const { certificatesDir } = cluster.config
      return readCaOnHost(host, { role: 'control-plane', certificatesDir, caCertPath: request.caCertPath }, ca)
    }),
  )
  const begun = pairOfHosts(ca, found)
  if (begun !== undefined) return isExpired(begun.old.certificate, startedAt) ? goalOf(ca, 'replace', begun) : undefined
  const pairs = await Promise.all(controlPlanes.map(one => expiredPair(ca, one, startedAt)))
  const pair = pairs.find(one => one !== undefined)
  return pair && goalOf(ca, 'replace', pair)
}

/** Returns the expired CA of a control plane and a new one, with a key of the same kind. */
async function expiredPair(
  ca: CaName,
  { host, cluster, node, request }: RenewedControlPlane,
  startedAt: Date,
): Promise<CaPair | undefined> {
  if (node.role !== 'control-plane') return undefined
  const paths = pairOf(cluster.config.certificatesDir, ca)
  const [text, key] = await Promise.all([readText(host, paths.certificate), readText(host, paths.key)])
  if (text === undefined || !isExpired(text, startedAt)) return undefined
  if (key === undefined) throw external(host.name, paths)
  const { pem } = parseCertificate(text, paths.certificate)
  const known = request.assumedConfig === true ? usualAlgorithmOf(parsePrivateKey(key, paths.key)) : undefined
  const algorithm = known ?? keyAlgorithm(cluster.config)
  const added = await newCa(ca, { cluster, node, algorithm, startedAt })
  return { old: { certificate: pem, key: secret(key) }, new: added }
}

function isExpired(pem: string, now: Date): boolean {
  return parseCertificate(pem).notAfter <= now
}

function noneExpired(): KadmError {
  return new KadmError('USAGE', 'no CA of the cluster has expired, so that there is nothing to replace', {
    hint: 'rotate a CA that is valid with `kadm certs rotate-ca prepare`; renew expired certificates with `kadm certs renew all`',
  })
}

function external(host: string, { certificate, key }: { readonly certificate: string; readonly key: string }) {
  return new KadmError('CERT_INVALID', `${certificate} on ${host} has expired, and ${key} is not there`, {
    hint: 'an external CA is replaced by its owner: put the new certificate there, then import certificates with `kadm certs import`',
  })
}
