import { existsSync } from 'node:fs'
import type { Cluster, Node } from '../../cluster/cluster.ts'
import { given } from '../../cluster/given.ts'
import type { JoinRequest } from '../../cluster/request.ts'
import type { Discovered } from '../../cluster/session.ts'
import { type JoinSource, sourceFromControlPlane, sourceFromDiscovery } from '../../compose/join-source.ts'
import { sourceForDryRun } from '../../compose/join-source-dry.ts'
import { namedMachines } from '../../compose/machines.ts'
import { completeJoin } from '../../config/complete-join.ts'
import type { FlagValues } from '../../config/flags/flag.ts'
import { type ParsedJoin, parseJoin } from '../../config/join.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { observeState } from '../../observe/cluster/observe-state.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { needsOf } from '../../phases/machine-needs.ts'
import { join, joinPhases } from '../../phases/pipelines.ts'
import { checkNames } from '../../phases/preflight/check-names.ts'
import { checkSelection, phaseJudge, selectPhases } from '../../pipeline/plan.ts'
import { wholePath } from '../named-paths.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { checkPatches } from '../run/check-patches.ts'
import type { Asked, Intent, Reached, Seen } from '../run/intent.ts'
import { refuseOneForMany } from '../run/one-for-many.ts'
import { patchFiles } from '../run/patch-files.ts'
import { chosenPhases, refuseOthersFlags } from '../run/phase-flags.ts'
import { atOwnAddress } from './own-endpoint.ts'
import { type JoinResult, joinPhaseText, joinResult, joinText } from './result.ts'

export interface JoinCommandLine {
  readonly options: Pick<CommonOptions, 'host'> & { readonly from?: string }
  readonly flags: FlagValues
  readonly endpoint: string | undefined
  /** Phase names of `join phase`; absent for the whole join. */
  readonly phase?: readonly string[]
}

interface JoinAsked extends Asked {
  readonly parsed: ParsedJoin
  /** True if the joining host's own admin.conf describes the cluster. */
  readonly ownAdmin: boolean
}

interface JoinSeen extends Seen<JoinRequest> {
  readonly cluster: Cluster
  readonly request: JoinRequest
  readonly discovered: Discovered
}

/** `kadm join` and `kadm join phase`: on this host, or on several hosts over SSH in parallel. */
export const joinIntent: Intent<JoinCommandLine, JoinAsked, JoinSeen, JoinResult> = {
  name: ({ pick }) => (pick.only === undefined ? 'kadm join' : 'kadm join phase'),
  plan: 'join',
  parse: parseJoinCommand,
  observe: observeJoin,
  stages: ({ cluster, request }) => join(cluster, request),
  answer: ({ seen, report }) => joinResult(seen.cluster, seen.discovered, report),
  text(answer, { asked, seen, specOf }) {
    if (asked.pick.only !== undefined) return joinPhaseText(answer)
    return joinText(answer, name => {
      const node = seen.cluster.nodes.find(one => one.name === name)
      return node && specOf(node)
    })
  },
}

function parseJoinCommand({ options, flags, endpoint, phase }: JoinCommandLine): JoinAsked {
  const file = readConfigFile(flags.config)
  const undiscovered = !(endpoint ?? file.file ?? options.from ?? (flags['discovery-file'] || undefined))
  // As in kubeadm, a single phase can use the admin.conf that an earlier phase wrote.
  const ownAdmin = phase !== undefined && undiscovered
  const parsed = parseJoin({
    ...file,
    ...given({ endpoint }),
    flags,
    from: options.from !== undefined || ownAdmin,
    patchFiles,
    judgePhase: phaseJudge('join', joinPhases),
    checkNames,
    discoveryFiles: {
      wholePath: path => wholePath(path, options.host !== undefined),
      ...(options.host === undefined ? { exists: existsSync } : {}),
    },
  })
  const { dryRun, skipPhases, controlPlane } = parsed.config
  const pick = selectPhases(phase, skipPhases)
  checkSelection('join', joinPhases, pick)
  if (phase !== undefined) refuseOthersFlags('join', phase, flags)
  refuseOneForMany(options.host?.length ?? 1, flags)
  return {
    ...{ parsed, ownAdmin, pick, dryRun, warnings: parsed.warnings, access: 'change' },
    hosts: namedMachines(options),
    // A control plane needs ten keys. Generation of the first two starts before the algorithm of the cluster is known.
    earlyKeys: { algorithm: 'RSA-2048', count: controlPlane === undefined ? 0 : 2 },
  }
}

async function observeJoin(asked: JoinAsked, reached: Reached): Promise<JoinSeen> {
  const { parsed, pick } = asked
  const reading = reached.hosts.map(readFacts)
  const [facts, source, state] = await Promise.all([
    Promise.all(reading),
    sourceOf(asked, reached, reading[0]),
    observeState({ hosts: reached.hosts }),
  ])
  const { discovered, documents, assumed, release } = source
  try {
    const needs = needsOf(chosenPhases('join', pick.only))
    const completed = facts.map(found => completeJoin(parsed, found, documents, needs))
    const cluster = merged(completed.map(one => one.cluster))
    checkPatches('join', cluster)
    const { request } = parsed
    const silent = assumed && { server: discovered.server, objects: assumed.objects }
    return {
      ...{ cluster, request, discovered, release },
      targets: cluster.nodes.map(node => ({ cluster, node, request })),
      state: {
        ...state,
        stored: cluster.config,
        ...given({ nodes: discovered.members }),
      },
      warnings: completed[0]?.warnings ?? [],
      dry: {
        newCluster: false,
        ...given({ silent }),
        observedBefore: { assumed: assumed?.what ?? [] },
      },
    }
  } catch (error) {
    await release(reached.warn)
    throw error
  }
}

function sourceOf(
  { parsed: { config }, ownAdmin }: JoinAsked,
  { first, source, signal, report }: Reached,
  facts = readFacts(first),
): Promise<JoinSource> {
  const describing = source ?? (ownAdmin ? first : undefined)
  const waiting = { signal, report: report('discovery') }
  if (config.dryRun) {
    return sourceForDryRun({ host: first, config, waiting, ...(describing && { source: describing }) })
  }
  if (describing !== undefined) return sourceFromControlPlane(describing, config)
  const endpoint = config.discovery.bootstrapToken?.apiServerEndpoint
  return atOwnAddress(sourceFromDiscovery(first, config, waiting), { endpoint, facts, report: waiting.report })
}

/** Merges the nodes of all hosts into one cluster. Throws USAGE if two hosts have the same node name. */
function merged(clusters: readonly Cluster[]): Cluster {
  const [first] = clusters
  if (first === undefined) throw new KadmError('INTERNAL', 'join has no host')
  const nodes = clusters.flatMap(cluster => cluster.nodes)
  const twice = nodes.find((node, i) => nodes.findIndex(other => other.name === node.name) !== i)
  if (twice !== undefined) throw sameName(twice)
  return { ...first, nodes }
}

function sameName(node: Node): KadmError {
  return new KadmError('USAGE', `two hosts have the same node name: ${node.name}`, {
    hint: 'give each host its own hostname, or join them one at a time with --node-name',
  })
}
