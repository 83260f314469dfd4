import type { Kube } from '../clients/kube/kube.ts'
import type { Node } from '../cluster/cluster.ts'
import { keyAlgorithm } from '../cluster/key-algorithm.ts'
import type { CaName } from '../cluster/node-files.ts'
import { type CaPair, goalOf, type RotateRequest, type RotationStep } from '../cluster/rotation.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import type { ClusterState } from '../cluster/state.ts'
import { completeRotate, type RotateOptionsOfRun } from '../config/certs-rotate.ts'
import { isAnswer, KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readStalePods } from '../observe/cluster/api-pods.ts'
import { observeState } from '../observe/cluster/observe-state.ts'
import { unknownPart } from '../observe/cluster/removable-names.ts'
import type { LeftNode } from '../observe/left/left-node.ts'
import { readNodePlace } from '../observe/left/node-place.ts'
import { readCaOnHost } from '../observe/pki/rotation-files.ts'
import type { Target } from '../phases/phase.ts'
import {
  type CaOnHost,
  newCa,
  type RotationCommand,
  type RotationState,
  rotationState,
  stepsOf,
} from '../pki/rotation.ts'
import { openApi } from './api.ts'
import { openEtcd } from './etcd.ts'
import { pairOfHosts, refuseUnrotatable } from './rotation-pair.ts'

/** What the command line asks for. */
export interface RotateAsk extends Omit<RotateOptionsOfRun, 'nodeNames'> {
  readonly command: RotationCommand
  /** The CAs to rotate; absent: all that the cluster has. */
  readonly cas?: readonly CaName[]
}

/** A rotation as it is found, and what brings it forward. */
export interface FoundRotation {
  /** In the order of the hosts. */
  readonly targetsOf: (step: RotationStep) => readonly Target<RotateRequest>[]
  readonly steps: readonly RotationStep[]
  readonly states: ReadonlyMap<CaName, RotationState>
  readonly state: ClusterState
  /** Pods that lose the API in the next step, because they started before they could trust the new CA. */
  readonly stalePods: readonly string[]
}

type Place = LeftNode & { readonly host: HostReader; readonly facts: Node['facts'] }

/** Reads the hosts of a cluster and the API. Throws USAGE if a node of the cluster is not among the hosts. */
export async function findRotation(
  hosts: readonly HostReader[],
  ask: RotateAsk,
  startedAt: Date,
): Promise<FoundRotation> {
  const places = await Promise.all(hosts.map(async host => ({ host, ...(await readNodePlace(host)) })))
  const { stalePods, ...state } = await readCluster(places, hosts, ask)
  const { stored: config, nodes = [] } = state
  if (config === undefined) throw unknownPart(state, 'stored')
  const nodeNames = nodes.map(({ name }) => name)
  const bases = places.map(place => completeRotate({ ...place, config }, { ...ask, nodeNames }))
  const cas = chosenCas(ask, config)
  refuseMissingNodes(
    state,
    bases.flatMap(({ cluster }) => cluster.nodes),
    cas,
  )
  const rotated = await Promise.all(cas.map(ca => readRotation({ ca, places, bases, config, ask, startedAt })))
  const moving = rotated.filter(one => ask.cas !== undefined || one.state !== 'none' || startsRotation(ask.command))
  refuseImpossible(moving, ask)
  const losing = moving.some(({ ca, state: found }) => ca === 'ca' && found === 'prepared') && ask.command === 'reissue'
  return {
    state,
    stalePods: losing && !ask.restartPods ? stalePods : [],
    states: new Map(moving.map(one => [one.ca, one.state])),
    steps: order.filter(step => moving.some(({ steps }) => steps?.includes(step))),
    targetsOf(step) {
      const goals = moving.flatMap(({ ca, pair, steps = [] }) =>
        pair !== undefined && steps.includes(step) ? [goalOf(ca, step, pair)] : [],
      )
      return bases.flatMap(({ cluster, base }) =>
        cluster.nodes.map(node => ({ cluster, node, request: { ...base, goals } })),
      )
    },
  }
}

const order: readonly RotationStep[] = ['prepare', 'reissue', 'distrust', 'undo']

function startsRotation(command: RotationCommand): boolean {
  return command === 'prepare' || command === 'all'
}

interface ReadState extends ClusterState {
  readonly stalePods: readonly string[]
}

/** Reads the cluster through the first control plane that answers. */
async function readCluster(
  places: readonly Place[],
  hosts: readonly HostReader[],
  { kubeconfig, command }: RotateAsk,
): Promise<ReadState> {
  const controlPlanes = places.filter(({ role }) => role === 'control-plane')
  if (controlPlanes.length === 0) {
    throw new KadmError('USAGE', 'none of the hosts is a control plane', {
      hint: 'name every host of the cluster with --host, control planes first',
    })
  }
  let failure: unknown
  for (const { host } of controlPlanes) {
    let kube: Kube | undefined
    try {
      kube = (await openApi(host, kubeconfig)).kube
      const opened = kube
      const etcd = (config: ClusterConfiguration) => openEtcd({ config, host, kube: async () => opened })
      const state = await observeState({ api: { kube, openEtcd: etcd, memberHealth: false }, hosts })
      if (state.stored !== undefined && state.nodes !== undefined) {
        const stale = command === 'reissue' ? await readStalePods(kube, state.stored.certificatesDir) : []
        return { ...state, stalePods: stale.map(({ namespace, name }) => `${namespace}/${name}`) }
      }
      failure = unknownPart(state, state.stored === undefined ? 'stored' : 'nodes')
    } catch (error) {
      if (!isAnswer(error)) throw error
      failure = error
    } finally {
      kube?.close()
    }
  }
  throw failure
}

function chosenCas({ cas }: RotateAsk, { etcd }: ClusterConfiguration): readonly CaName[] {
  if (etcd.external !== undefined && cas?.includes('etcd-ca')) {
    throw new KadmError('USAGE', 'the CA of an external etcd is not managed by kadm', {
      hint: 'rotate it with the tools of that etcd, and omit --ca etcd',
    })
  }
  return cas ?? (etcd.external === undefined ? ['ca', 'front-proxy-ca', 'etcd-ca'] : ['ca', 'front-proxy-ca'])
}

/** Every node has to learn about a new CA of the cluster; the other CAs concern control planes only. */
function refuseMissingNodes({ nodes = [] }: ClusterState, found: readonly Node[], cas: readonly CaName[]): void {
  const named = found.map(({ name }) => name)
  const missing = nodes.filter(
    ({ name, controlPlane }) => !named.includes(name) && (controlPlane || cas.includes('ca')),
  )
  if (missing.length > 0) {
    throw new KadmError('USAGE', `these nodes of the cluster are not among the hosts: ${names(missing)}`, {
      hint: 'name every node with --host; remove a node that no longer exists with `kadm node remove`',
    })
  }
  const strange = found.filter(({ name }) => !nodes.some(node => node.name === name))
  if (strange.length === 0) return
  throw new KadmError('USAGE', `these hosts are not nodes of the cluster: ${names(strange)}`, {
    hint: 'name only the hosts of one cluster',
  })
}

function names(nodes: readonly { readonly name: string }[]): string {
  return nodes.map(({ name }) => name).join(', ')
}

interface Reading {
  readonly ca: CaName
  readonly places: readonly Place[]
  readonly bases: readonly ReturnType<typeof completeRotate>[]
  readonly config: ClusterConfiguration
  readonly ask: RotateAsk
  readonly startedAt: Date
}

interface RotatedOne {
  readonly ca: CaName
  readonly state: RotationState
  readonly pair: CaPair | undefined
  readonly steps: readonly RotationStep[] | undefined
}

async function readRotation({ ca, places, bases, config, ask, startedAt }: Reading): Promise<RotatedOne> {
  const { certificatesDir } = config
  const found: readonly CaOnHost[] = await Promise.all(
    places.map(({ host, role }, i) => {
      const caCertPath = bases[i]?.base.caCertPath ?? `${certificatesDir}/ca.crt`
      return readCaOnHost(host, { role, certificatesDir, caCertPath }, ca)
    }),
  )
  const begun = pairOfHosts(ca, found)
  const state = rotationState(found, begun)
  const steps = stepsOf(ask.command, state)
  if (begun !== undefined || !startsRotation(ask.command)) return { ca, state, pair: begun, steps }
  const old = await refuseUnrotatable({ ca, found, certificatesDir, places })
  const [cluster] = bases.map(base => base.cluster)
  const node = cluster?.nodes.find(one => one.role === 'control-plane')
  if (cluster === undefined || node === undefined)
    throw new KadmError('INTERNAL', 'the first host is not a control plane')
  const added = await newCa(ca, { cluster, node, algorithm: keyAlgorithm(config), startedAt })
  return { ca, state, pair: { old, new: added }, steps }
}

const flags: Readonly<Record<CaName, string>> = { ca: 'cluster', 'front-proxy-ca': 'front-proxy', 'etcd-ca': 'etcd' }

const stateTexts: Readonly<Record<RotationState, string>> = {
  none: 'no rotation is in progress',
  preparing: 'prepare has not finished',
  prepared: 'it is prepared',
  reissuing: 'reissue has not finished',
  reissued: 'its certificates are reissued',
  distrusting: 'distrust has begun',
}

const nextSteps: Readonly<Record<RotationState, string>> = {
  none: 'begin with `kadm certs rotate-ca prepare`',
  preparing: 'finish it with `kadm certs rotate-ca prepare`, or undo it with `kadm certs rotate-ca rollback`',
  prepared: 'continue with `kadm certs rotate-ca reissue`, or undo it with `kadm certs rotate-ca rollback`',
  reissuing: 'finish it with `kadm certs rotate-ca reissue`, or undo it with `kadm certs rotate-ca rollback`',
  reissued: 'continue with `kadm certs rotate-ca distrust`, or undo it with `kadm certs rotate-ca rollback`',
  distrusting: 'finish it with `kadm certs rotate-ca distrust`',
}

/** Throws USAGE for a command that does not fit the state of a CA. */
function refuseImpossible(rotated: readonly RotatedOne[], { command }: RotateAsk): void {
  if (rotated.length === 0) {
    throw new KadmError('USAGE', `no rotation is in progress, so that there is nothing to ${command}`, {
      hint: nextSteps.none,
    })
  }
  const wrong = rotated.find(({ steps }) => steps === undefined)
  if (wrong === undefined) return
  const what = `--ca ${flags[wrong.ca]}: ${stateTexts[wrong.state]}`
  throw new KadmError('USAGE', `${command} is not possible now: ${what}`, { hint: nextSteps[wrong.state] })
}
