import { keyAlgorithm } from '../cluster/key-algorithm.ts'
import { serviceAccountPair } from '../cluster/node-files.ts'
import { paths } from '../cluster/paths.ts'
import { type SaKey, type SaPair, type SaRequest, type SaStep, saGoalOf } from '../cluster/sa-rotation.ts'
import type { ClusterNode } from '../cluster/session.ts'
import type { ClusterState } from '../cluster/state.ts'
import { baseRequest } from '../config/base-request.ts'
import { clusterAtHost } from '../config/cluster-at-host.ts'
import { defaultTimeouts } from '../config/kinds/timeouts.ts'
import { parseStoredCluster } from '../config/stored-configuration.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readClusterConfiguration } from '../observe/cluster/cluster-documents.ts'
import { listClusterNodes } from '../observe/cluster/nodes.ts'
import { findLegacyTokens } from '../observe/cluster/sa-tokens.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import { readText } from '../observe/machine/read-text.ts'
import { readSaOnHost } from '../observe/pki/sa-files.ts'
import type { Target } from '../phases/phase.ts'
import { generateKey } from '../pki/keys.ts'
import {
  saPairOfHosts,
  parseSaKey,
  type SaCommand,
  type SaState,
  saKeyOf,
  saStateOf,
  saStepOf,
} from '../pki/sa-rotation.ts'
import { openFirst } from './api.ts'

/** With this file a phase asks the API server of its own node, not a load balancer. */
const adminConf = `${paths.kubernetesDir}/admin.conf`

/** What `kadm certs rotate-sa` asks for. */
export interface SaAsk {
  readonly command: SaCommand
  /** How long ago the new key has to sign before the old one is removed. */
  readonly minAgeMs: number
  /** Remove the old key although tokens in Secrets are signed with it. */
  readonly ignoreLegacyTokens: boolean
}

/** A rotation as it is found, and the step that brings it forward. */
export interface FoundSaRotation {
  readonly targets: readonly Target<SaRequest>[]
  readonly state: ClusterState
  readonly found: SaState
  readonly step: SaStep
  /** Secrets with tokens that the old key signed. */
  readonly legacyTokens: readonly string[]
  readonly warnings: readonly string[]
}

/** Reads all control planes and the cluster. Throws USAGE for a step that is not possible now. */
export async function findSaRotation(hosts: readonly HostReader[], ask: SaAsk, now: Date): Promise<FoundSaRotation> {
  const { kube } = await openFirst(hosts, adminConf)
  try {
    const [text, nodes, uploaded] = await Promise.all([
      readClusterConfiguration(kube),
      listClusterNodes(kube),
      kube.get({ apiVersion: 'v1', kind: 'Secret', namespace: 'kube-system', name: 'kubeadm-certs' }),
    ])
    const { config, warnings } = parseStoredCluster(text)
    const base = baseRequest({}, { timeouts: defaultTimeouts(undefined) })
    const clusters = await Promise.all(
      hosts.map(async host => {
        const place = await readNodePlace(host, config.certificatesDir)
        return clusterAtHost({ ...place, config }, base, place.role)
      }),
    )
    requireControlPlanes(
      clusters.flatMap(cluster => cluster.nodes),
      nodes,
    )
    const onHosts = await Promise.all(hosts.map(host => readSaOnHost(host, config.certificatesDir)))
    const begun = saPairOfHosts(onHosts)
    const found = saStateOf(onHosts, begun)
    const step = requireStep(ask.command, found)
    const pair = begun ?? (await newPair(hosts[0], config.certificatesDir, keyAlgorithm(config)))
    const legacyTokens = await findLegacyTokens(kube, pair.old)
    if (step === 'finish')
      await requireUnused(hosts, { ask, certificatesDir: config.certificatesDir, legacyTokens, now })
    const request: SaRequest = { ...base, goal: saGoalOf(step, pair) }
    return {
      ...{ found, step, legacyTokens, state: { stored: config, nodes } },
      targets: clusters.flatMap(cluster => cluster.nodes.map(node => ({ cluster, node, request }))),
      warnings: [...warnings, ...(uploaded === undefined ? [] : [uploadedWarning])],
    }
  } finally {
    kube.close()
  }
}

const uploadedWarning =
  'the Secret kubeadm-certs holds the service account keys of its upload: run `kadm init phase upload-certs --upload-certs` again before a control plane joins with it'

function requireControlPlanes(found: readonly { name: string; role: string }[], nodes: readonly ClusterNode[]): void {
  const worker = found.find(({ role }) => role === 'worker')
  if (worker !== undefined) {
    throw new KadmError('USAGE', `${worker.name} is not a control plane: it has no service account keys`, {
      hint: 'name only the control planes with --host',
    })
  }
  const missing = nodes.filter(({ name, controlPlane }) => controlPlane && !found.some(node => node.name === name))
  if (missing.length === 0) return
  const names = missing.map(({ name }) => name).join(', ')
  throw new KadmError('USAGE', `these control planes are not among the hosts: ${names}`, {
    hint: 'name every control plane with --host: an API server that does not trust a key rejects its tokens',
  })
}

const nextSteps: Readonly<Record<SaState, string>> = {
  none: 'no rotation is in progress: begin with `kadm certs rotate-sa prepare`',
  preparing: 'prepare has not finished: run `kadm certs rotate-sa prepare` again, or `kadm certs rotate-sa rollback`',
  prepared: 'both keys are trusted: continue with `kadm certs rotate-sa switch`, or `kadm certs rotate-sa rollback`',
  switching: 'switch has not finished: run `kadm certs rotate-sa switch` again, or `kadm certs rotate-sa rollback`',
  switched: 'the new key signs: continue with `kadm certs rotate-sa finish`, or `kadm certs rotate-sa rollback`',
  finishing: 'finish has not finished: run `kadm certs rotate-sa finish` again',
}

function requireStep(command: SaCommand, state: SaState): SaStep {
  const step = saStepOf(command, state)
  if (step !== undefined) return step
  throw new KadmError('USAGE', `${command} is not possible now`, { hint: nextSteps[state] })
}

async function newPair(
  host: HostReader | undefined,
  certificatesDir: string,
  algorithm: Parameters<typeof generateKey>[0],
): Promise<SaPair> {
  const { key } = serviceAccountPair(certificatesDir)
  const old: SaKey = parseSaKey((host && (await readText(host, key))) ?? '', key)
  return { old, new: saKeyOf(await generateKey(algorithm)) }
}

interface Unused {
  readonly ask: SaAsk
  readonly certificatesDir: string
  readonly legacyTokens: readonly string[]
  readonly now: Date
}

/** Throws USAGE while tokens of the old key are in use. */
async function requireUnused(
  hosts: readonly HostReader[],
  { ask, certificatesDir, legacyTokens, now }: Unused,
): Promise<void> {
  const stats = await Promise.all(hosts.map(host => host.stat(serviceAccountPair(certificatesDir).key)))
  const switchedAt = Math.max(...stats.map(stat => stat?.mtime.getTime() ?? 0))
  const leftMs = switchedAt + ask.minAgeMs - now.getTime()
  if (leftMs > 0) {
    const at = new Date(switchedAt).toISOString().slice(0, 16)
    throw new KadmError('USAGE', `the new key signs only since ${at}Z: tokens of the old one are still in use`, {
      hint: `run finish again in ${Math.ceil(leftMs / 60_000)} minutes, or set another --min-age`,
    })
  }
  if (legacyTokens.length === 0 || ask.ignoreLegacyTokens) return
  throw new KadmError('USAGE', `tokens in these Secrets are signed with the old key: ${legacyTokens.join(', ')}`, {
    hint: 'remove data.token from each: `kubectl -n NAMESPACE patch secret NAME --type=json -p \'[{"op":"remove","path":"/data/token"}]\'`; kube-controller-manager writes a new one; or use --ignore-legacy-tokens',
  })
}
