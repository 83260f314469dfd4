import type { Cluster } from '../../cluster/cluster.ts'
import { keyAlgorithm } from '../../cluster/key-algorithm.ts'
import type { InitRequest } from '../../cluster/request.ts'
import { connectTo, connectToChange } from '../../compose/machines.ts'
import { type NamedRun, nameRun } from '../../compose/name-run.ts'
import type { FlagValues } from '../../config/flags/flags.ts'
import { completeInit, type ParsedInit, parseInit } from '../../config/init.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { shellWord } from '../../errors/operator-commands.ts'
import type { ConnectedHost } from '../../host/host.ts'
import { missingKeys } from '../../observe/left/missing-keys.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { needsOf } from '../../phases/machine-needs.ts'
import { init, initPhases } from '../../phases/pipelines.ts'
import { checkSelection, makePlan, phaseJudge, selectPhases } from '../../pipeline/plan.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { newCertificateKey } from '../../pki/certificate-key.ts'
import { type KeySource, makeKeySource } from '../../pki/key-source.ts'
import { presentResult } from '../../ui/present-result.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { checkPatches } from '../run/check-patches.ts'
import { runDry } from '../run/dry-run.ts'
import { onInterrupt } from '../run/interrupt.ts'
import { patchFiles } from '../run/patch-files.ts'
import { chosenPhases, refuseOthersFlags } from '../run/phase-flags.ts'
import { runPlan } from '../run/run-plan.ts'
import { warn } from '../run/tell.ts'
import { type Addon, addonToPrint, printManifest } from './print-manifest.ts'
import { initResult, initText } from './result.ts'

export interface InitInput {
  readonly options: CommonOptions
  readonly flags: FlagValues
  /** Words of `init phase`; absent for the whole init. */
  readonly phase?: readonly string[]
}

/** `kadm init` and `kadm init phase`: nothing is touched before flags, files and the machine's facts are found good. */
export async function runInit({ options, flags, phase }: InitInput): Promise<number> {
  const startedAt = new Date()
  const [spec, ...more] = options.host ?? []
  if (more.length > 0) {
    throw new KadmError('USAGE', 'init makes the first control plane: give one --host', {
      hint: `make it on ${spec} with \`kadm init\`, then bring the others in with \`kadm join --host <machine> --from ${shellWord(spec ?? '')}\``,
    })
  }
  const parsed = parse(flags, startedAt)
  checkSelection('init', initPhases, selectPhases(phase, parsed.skipPhases))
  const printed = phase !== undefined && flags['print-manifest'] === true ? addonToPrint(phase) : undefined
  if (phase !== undefined) refuseOthersFlags('init', phase, flags)
  warn(parsed.warnings)
  const keys = earlyKeys(parsed, phase)
  const named = nameRun(phase === undefined ? 'kadm init' : 'kadm init phase', startedAt)
  const interrupt = onInterrupt()
  const { signal } = interrupt
  let host: ConnectedHost | undefined
  try {
    const reads = parsed.dryRun || printed !== undefined
    host = await (reads ? connectTo(spec, options, signal) : connectToChange(spec, options, named, signal))
    const needs = needsOf(chosenPhases('init', phase))
    const { cluster, request, skipPhases, dryRun, warnings } = completeInit(parsed, await readFacts(host), needs)
    warn(warnings, parsed.warnings)
    checkPatches('init', cluster)
    return await run({ cluster, request, host, options, skipPhases, dryRun, phase, printed, named, keys, signal })
  } finally {
    interrupt.release()
    await host?.close()
  }
}

function parse(flags: FlagValues, startedAt: Date): ParsedInit {
  return parseInit({
    ...readConfigFile(flags.config),
    flags,
    startedAt,
    randomToken: () => newBootstrapToken().reveal(),
    patchFiles,
    judgePhase: phaseJudge('init', initPhases),
  })
}

interface Run {
  readonly cluster: Cluster
  readonly request: InitRequest
  readonly host: ConnectedHost
  readonly options: CommonOptions
  readonly skipPhases: readonly string[]
  readonly dryRun: boolean
  readonly phase: readonly string[] | undefined
  /** The add-on whose objects are all that is asked for. */
  readonly printed: Addon | undefined
  readonly named: NamedRun
  readonly keys: KeySource
  readonly signal: AbortSignal
}

async function run(input: Run): Promise<number> {
  const { cluster, host, options, skipPhases, dryRun, phase, printed, named, keys, signal } = input
  const request = withCertificateKey(input.request)
  const [node] = cluster.nodes
  if (node === undefined) throw new KadmError('INTERNAL', 'init has no node')
  if (printed !== undefined) {
    process.stdout.write(printManifest(printed, cluster, node, options.output))
    return 0
  }
  const plan = makePlan('init', init(cluster, request), selectPhases(phase, skipPhases))
  const wanted = plan.steps.filter(step => step.skip === undefined).map(step => step.phase.id)
  keys.warm(await missingKeys(host, { cluster, node, kubeconfigDir: request.kubeconfigDir }, wanted))
  const session = { run: named.run, startedAt: named.since, signal, key: keys.key }
  const parts = { session, hosts: new Map([[node, host]]), onControlPlane: true as const }
  if (dryRun) {
    return runDry(plan, { ...parts, dryRun: { newCluster: true } }, options)
  }
  const report = await runPlan(plan, parts, options)
  const result = initResult({ cluster, node, request }, report)
  const text = (value: typeof result) => (phase === undefined ? initText(value, cluster, host.spec) : phaseText(value))
  process.stdout.write(presentResult(result, options.output, text))
  return 0
}

/** Making a key takes longest: the first are begun before the machine is reached. A single phase may need none. */
function earlyKeys({ config }: ParsedInit, phase: readonly string[] | undefined): KeySource {
  const keys = makeKeySource(keyAlgorithm(config))
  if (phase === undefined || phase[0] === 'certs') keys.spare(2)
  return keys
}

/** With --upload-certs and no key given, one is drawn. */
function withCertificateKey(request: InitRequest): InitRequest {
  if (!request.uploadCerts || request.certificateKey !== undefined) return request
  return { ...request, certificateKey: newCertificateKey() }
}

function phaseText(value: ReturnType<typeof initResult>): string {
  const lines = [
    ...value.joinCommands.map(({ command }) => command),
    ...(value.certificateKey === undefined ? [] : [`certificate key: ${value.certificateKey}`]),
  ]
  return lines.map(line => `${line}\n`).join('')
}
