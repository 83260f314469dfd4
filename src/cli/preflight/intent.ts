import type { Cluster } from '../../cluster/cluster.ts'
import { parseDuration } from '../../cluster/duration.ts'
import { given } from '../../cluster/given.ts'
import type { JoinRequest } from '../../cluster/request.ts'
import { namedMachines } from '../../compose/machines.ts'
import { preflightSource } from '../../compose/preflight-source.ts'
import { parseDocuments } from '../../config/documents/documents.ts'
import type { ConfigFile } from '../../config/documents/open-drafts.ts'
import type { FlagValues } from '../../config/flags/flag.ts'
import { parseInit } from '../../config/init.ts'
import { parseJoin } from '../../config/join.ts'
import { exitCodes } from '../../errors/codes.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { observeState } from '../../observe/cluster/observe-state.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { preflightAlone } from '../../phases/pipelines.ts'
import { checkNames } from '../../phases/preflight/check-names.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { presentChecks } from '../../ui/present-checks.ts'
import { hasColor } from '../../ui/terminal.ts'
import { wholePath } from '../named-paths.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import type { Asked, Intent, Reached, Seen } from '../run/intent.ts'
import { refuseOneForMany } from '../run/one-for-many.ts'
import { patchFiles } from '../run/patch-files.ts'
import { settleVersion } from '../run/settle-version.ts'
import { clusterToJoin, plannedCluster } from './cluster.ts'
import { type PreflightResult, preflightResult } from './result.ts'

export interface PreflightInput {
  readonly options: CommonOptions & {
    readonly controlPlane?: boolean
    readonly from?: string
    readonly timeout?: string
  }
  readonly flags: FlagValues
}

interface PreflightAsked extends Asked {
  readonly input: PreflightInput
  readonly parsed: ReturnType<typeof parse>
}

interface PreflightSeen extends Seen<JoinRequest> {
  readonly cluster: Cluster
  readonly request: JoinRequest
}

/** `kadm preflight`: runs every check on every host in parallel. Returns exit code 3 if a check reports an error. */
export const preflightIntent: Intent<PreflightInput, PreflightAsked, PreflightSeen, PreflightResult> = {
  name: () => 'kadm preflight',
  plan: 'preflight',
  parse(input, startedAt) {
    const parsed = parse(input, startedAt)
    const hosts = namedMachines(input.options)
    return { input, parsed, hosts, access: 'read', dryRun: false, pick: {}, warnings: [] }
  },
  observe: look,
  stages: ({ cluster, request }) => preflightAlone(cluster, request),
  answer: ({ seen, report }) => preflightResult(seen.cluster, report),
  text(answer) {
    const color = hasColor(process.stdout, process.env)
    return presentChecks(answer, color)
  },
  exitCode: ({ errors }) => (errors > 0 ? exitCodes.preflight : 0),
}

/** Reads the flags and the file before connecting to a host: a new cluster, or a cluster to join. */
function parse({ options, flags }: PreflightInput, startedAt: Date) {
  patienceOf(options)
  refuseOneForMany(options.host?.length ?? 1, flags)
  const file = readConfigFile(flags.config)
  if (options.from === undefined && !asksToJoin(file.file)) {
    const randomToken = () => newBootstrapToken().reveal()
    return { init: parseInit({ ...file, flags, startedAt, randomToken, patchFiles, checkNames }) }
  }
  const other = Object.keys(flags).find(name => !joining.includes(name))
  if (other !== undefined) {
    const hint = 'omit it: the value comes from the cluster that the hosts join'
    const conflict = options.from === undefined ? 'a JoinConfiguration' : '--from'
    throw new KadmError('USAGE', `--${other} cannot be given with ${conflict}`, { hint })
  }
  const all = options.controlPlane && file.file === undefined ? { ...flags, 'control-plane': true } : flags
  const join = parseJoin({
    ...file,
    flags: all,
    from: options.from !== undefined,
    patchFiles,
    checkNames,
    discoveryFiles: { wholePath: path => wholePath(path, options.host !== undefined) },
  })
  if (options.controlPlane === true && join.config.controlPlane === undefined) {
    const hint = 'add controlPlane: {} to the JoinConfiguration, or omit --control-plane'
    throw new KadmError('USAGE', `${file.file?.path} describes a worker and cannot be combined with --control-plane`, {
      hint,
    })
  }
  return { join }
}

/** Flags that describe a host, not the cluster that it joins. */
const joining = [
  ...['apiserver-advertise-address', 'apiserver-bind-port', 'config', 'cri-socket', 'ignore-preflight-errors'],
  'node-name',
]

/** True for a file with a JoinConfiguration and no InitConfiguration. */
function asksToJoin(file: ConfigFile | undefined): boolean {
  const kinds = file === undefined ? [] : parseDocuments(file.text, file.path).documents.map(({ kind }) => kind)
  return kinds.includes('JoinConfiguration') && !kinds.some(kind => /^(Init|Cluster)Configuration$/.test(kind))
}

async function look({ input, parsed }: PreflightAsked, reached: Reached): Promise<PreflightSeen> {
  const { hosts, warn } = reached
  const { options } = input
  const [facts, source, settled, state] = await Promise.all([
    Promise.all(hosts.map(readFacts)),
    sourceOf(input, parsed, reached),
    // The first host is the one that creates the cluster.
    parsed.init && settleVersion(parsed.init, reached.first, reached.report('preflight')),
    observeState({ hosts }),
  ])
  await source?.release(warn)
  const { cluster, warnings } =
    settled === undefined
      ? clusterToJoin(parsed.join, facts, hosts, source?.documents)
      : plannedCluster(settled, facts, hosts, options.controlPlane === true)
  const { request } = parsed.init ?? parsed.join
  return {
    ...{ cluster, request, warnings },
    targets: cluster.nodes.map(node => ({ cluster, node, request })),
    state: { ...state, ...given({ nodes: source?.discovered.members }) },
    ...given({ discovered: source?.discovered }),
    dry: { newCluster: false },
  }
}

/**
 * Reads the cluster from the control plane of --from, or by the token or file of a JoinConfiguration as seen from the
 * first host.
 */
async function sourceOf(
  { options }: PreflightInput,
  { join }: ReturnType<typeof parse>,
  { first, source, signal, report }: Reached,
) {
  if (join === undefined) return undefined
  const { config } = join
  const timeoutMs = patienceOf(options)
  return preflightSource({ host: first, source: source, config, timeoutMs, signal, report: report('discovery') })
}

function patienceOf({ timeout }: PreflightInput['options']): number | undefined {
  if (timeout === undefined) return undefined
  const ms = parseDuration(timeout)
  if (ms !== undefined && ms > 0) return ms
  throw new KadmError('USAGE', `--timeout ${timeout} is not a duration`, { hint: 'write it as 30s, 5m or 1h30m' })
}
