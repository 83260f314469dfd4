import { existsSync } from 'node:fs'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { keyAlgorithm } from '../../cluster/key-algorithm.ts'
import { type JoinSource, sourceFromDiscovery, sourceFromLeader } from '../../compose/join-source.ts'
import { sourceForDryRun } from '../../compose/join-source-dry.ts'
import { closeAll, connectAll, namedMachines } from '../../compose/machines.ts'
import { type NamedRun, nameRun } from '../../compose/name-run.ts'
import { completeJoin } from '../../config/complete-join.ts'
import type { FlagValues } from '../../config/flags/flags.ts'
import { parseJoin } from '../../config/join.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../host/host.ts'
import { missingKeys } from '../../observe/left/missing-keys.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { needsOf } from '../../phases/machine-needs.ts'
import { join, joinPhases } from '../../phases/pipelines.ts'
import { checkSelection, makePlan, type Plan, phaseJudge, type Selection, selectPhases } from '../../pipeline/plan.ts'
import { type KeySource, makeKeySource } from '../../pki/key-source.ts'
import { presentResult } from '../../ui/present-result.ts'
import { wholePath } from '../named-paths.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { checkPatches } from '../run/check-patches.ts'
import { runDry } from '../run/dry-run.ts'
import { onInterrupt } from '../run/interrupt.ts'
import { refuseOneForMany } from '../run/one-for-many.ts'
import { patchFiles } from '../run/patch-files.ts'
import { chosenPhases, refuseOthersFlags } from '../run/phase-flags.ts'
import { runPlan } from '../run/run-plan.ts'
import { tellerOf, warn } from '../run/tell.ts'
import { atOwnAddress } from './own-endpoint.ts'
import { joinResult, joinText, phaseText, type SpecOf } from './result.ts'

export interface JoinInput {
  readonly options: CommonOptions & { readonly from?: string }
  readonly flags: FlagValues
  readonly endpoint: string | undefined
  /** Words of `join phase`; absent for the whole join. */
  readonly phase?: readonly string[]
}

/** `kadm join` and `kadm join phase`: on this machine, or on several over SSH, side by side. */
export async function runJoin({ options, flags, endpoint, phase }: JoinInput): Promise<number> {
  const startedAt = new Date()
  const file = readConfigFile(flags.config)
  const undiscovered = !(endpoint ?? file.file ?? options.from ?? (flags['discovery-file'] || undefined))
  // As kubeadm: a single phase may use the admin.conf that an earlier one has made.
  const ownAdmin = phase !== undefined && undiscovered
  const parsed = parseJoin({
    ...file,
    ...(endpoint === undefined ? {} : { endpoint }),
    flags,
    from: options.from !== undefined || ownAdmin,
    patchFiles,
    judgePhase: phaseJudge('join', joinPhases),
    discoveryFiles: {
      wholePath: path => wholePath(path, options.host !== undefined),
      ...(options.host === undefined ? { exists: existsSync } : {}),
    },
  })
  const pick = selectPhases(phase, parsed.config.skipPhases)
  checkSelection('join', joinPhases, pick)
  if (phase !== undefined) refuseOthersFlags('join', phase, flags)
  warn(parsed.warnings)
  const machines = options.host?.length ?? 1
  refuseOneForMany(machines, flags)
  const named = nameRun(phase === undefined ? 'kadm join' : 'kadm join phase', startedAt)
  const interrupt = onInterrupt()
  const { signal } = interrupt
  const hosts: ConnectedHost[] = []
  try {
    const { dryRun } = parsed.config
    const reaching = { options, signal, ...(dryRun ? {} : { run: named }) }
    hosts.push(...(await connectAll(namedMachines(options), reaching)))
    const [joining, [leader]] = [hosts.slice(0, machines), hosts.slice(machines)]
    return await run({ parsed, pick, joining, leader, ownAdmin, options, named, signal })
  } finally {
    interrupt.release()
    await closeAll(hosts)
  }
}

interface Run {
  readonly parsed: ReturnType<typeof parseJoin>
  readonly pick: Selection
  readonly joining: readonly ConnectedHost[]
  readonly leader: ConnectedHost | undefined
  /** True when the joining machine's own admin.conf tells of the cluster. */
  readonly ownAdmin: boolean
  readonly options: JoinInput['options']
  readonly named: NamedRun
  readonly signal: AbortSignal
}

async function run(input: Run): Promise<number> {
  const { parsed, pick, joining, leader, options, named, signal } = input
  const [first] = joining
  if (first === undefined) throw new KadmError('INTERNAL', 'join has no machine')
  const early = earlyKeys(parsed)
  const reading = joining.map(readFacts)
  const [facts, source] = await Promise.all([Promise.all(reading), sourceOf(input, first, reading[0])])
  try {
    const needs = needsOf(chosenPhases('join', pick.only))
    const completed = facts.map(found => completeJoin(parsed, found, source.documents, needs))
    warn(completed[0]?.warnings ?? [], parsed.warnings)
    const cluster = merged(completed.map(one => one.cluster))
    checkPatches('join', cluster)
    const plan = makePlan('join', join(cluster, parsed.request), pick)
    refuseNothing(plan, pick)
    const hosts = new Map(cluster.nodes.map((node, i) => [node, joining[i] ?? first] as const))
    const keys = keyAlgorithm(cluster.config) === usual ? early : makeKeySource(keyAlgorithm(cluster.config))
    for (const [node, host] of hosts) {
      const files = { cluster, node, kubeconfigDir: parsed.request.kubeconfigDir }
      keys.warm(await missingKeys(host, files, phasesOn(plan, node)))
    }
    const { discovered } = source
    const session = { run: named.run, startedAt: named.since, signal, key: keys.key, discovered }
    const parts = { session, hosts, ...(leader === undefined ? {} : { leader }) }
    if (parsed.config.dryRun) {
      const { assumed } = source
      const silent = assumed && { server: discovered.server, objects: assumed.objects }
      const dryRun = { newCluster: false, ...(silent === undefined ? {} : { silent }) }
      return await runDry(plan, { ...parts, dryRun }, options, { assumed: assumed?.what ?? [] })
    }
    const report = await runPlan(plan, parts, options)
    const specOf: SpecOf = name => joining[cluster.nodes.findIndex(node => node.name === name)]?.spec
    const text = (value: ReturnType<typeof joinResult>) =>
      pick.only === undefined ? joinText(value, specOf) : phaseText(value)
    process.stdout.write(presentResult(joinResult(cluster, discovered, report), options.output, text))
    return 0
  } finally {
    await source.release(text => warn([text]))
  }
}

function sourceOf(
  { leader, ownAdmin, parsed, options, signal }: Run,
  first: ConnectedHost,
  facts = readFacts(first),
): Promise<JoinSource> {
  const teller = leader ?? (ownAdmin ? first : undefined)
  const { config } = parsed
  const waiting = { signal, tell: tellerOf(options, 'discovery') }
  if (config.dryRun) return sourceForDryRun({ host: first, config, waiting, ...(teller && { leader: teller }) })
  if (teller !== undefined) return sourceFromLeader(teller, config)
  const endpoint = config.discovery.bootstrapToken?.apiServerEndpoint
  return atOwnAddress(sourceFromDiscovery(first, config, waiting), { endpoint, facts, tell: waiting.tell })
}

/** A phase that the role of the machines leaves out. */
function refuseNothing({ steps }: Plan, { only }: Selection): void {
  if (steps.length > 0) return
  throw new KadmError('USAGE', `${only?.join(', ')} is a phase of control planes`, { hint: 'give --control-plane' })
}

const usual = 'RSA-2048'

/** A control plane needs ten keys. The first are begun before the cluster has said of which kind it wants them. */
function earlyKeys(parsed: Run['parsed']): KeySource {
  const keys = makeKeySource(usual)
  if (parsed.config.controlPlane !== undefined) keys.spare(2)
  return keys
}

/** Ids of the phases that a node will pass. */
function phasesOn(plan: Plan, node: Node): readonly string[] {
  return plan.steps.filter(step => step.node === node && step.skip === undefined).map(step => step.phase.id)
}

/** One cluster, the nodes of all. Throws USAGE when two machines would take one name. */
function merged(clusters: readonly Cluster[]): Cluster {
  const [first] = clusters
  if (first === undefined) throw new KadmError('INTERNAL', 'join has no machine')
  const nodes = clusters.flatMap(cluster => cluster.nodes)
  const twice = nodes.find((node, i) => nodes.findIndex(other => other.name === node.name) !== i)
  if (twice !== undefined) throw sameName(twice)
  return { ...first, nodes }
}

function sameName(node: Node): KadmError {
  return new KadmError('USAGE', `two of the machines would join as ${node.name}`, {
    hint: 'give each its own host name, or join them one by one with --node-name',
  })
}
