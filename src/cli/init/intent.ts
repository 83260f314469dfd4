import { type ControlPlaneNode, controlPlanesOf } from '../../cluster/cluster.ts'
import { keyAlgorithm } from '../../cluster/key-algorithm.ts'
import type { InitRequest } from '../../cluster/request.ts'
import { completeInit } from '../../config/complete-init.ts'
import type { FlagValues } from '../../config/flags/flag.ts'
import { type ParsedInit, parseInit } from '../../config/init.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { shellWord } from '../../errors/operator-commands.ts'
import { observeState } from '../../observe/cluster/observe-state.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { needsOf } from '../../phases/machine-needs.ts'
import type { Target } from '../../phases/phase.ts'
import { init, initPhases } from '../../phases/pipelines.ts'
import { checkNames } from '../../phases/preflight/check-names.ts'
import { checkSelection, phaseJudge, selectPhases } from '../../pipeline/plan.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { newCertificateKey } from '../../pki/certificate-key.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { checkPatches } from '../run/check-patches.ts'
import type { Asked, Intent, Reached, Seen } from '../run/intent.ts'
import { patchFiles } from '../run/patch-files.ts'
import { chosenPhases, refuseOthersFlags, skippedAddons } from '../run/phase-flags.ts'
import { settleVersion } from '../run/settle-version.ts'
import { manifestOf } from './print-manifest.ts'
import { type InitResult, initPhaseText, initResult, initText } from './result.ts'

export interface InitCommandLine {
  readonly options: Pick<CommonOptions, 'host'>
  readonly flags: FlagValues
  /** Phase names of `init phase`; absent for the whole init. */
  readonly phase?: readonly string[]
}

export interface InitAsked extends Asked {
  readonly parsed: ParsedInit
  readonly phase: readonly string[] | undefined
}

export interface InitSeen extends Seen<InitRequest> {
  readonly target: Target<InitRequest, ControlPlaneNode>
}

/** `kadm init` and `kadm init phase`. */
export const initIntent: Intent<InitCommandLine, InitAsked, InitSeen, InitResult> = {
  name: ({ phase }) => (phase === undefined ? 'kadm init' : 'kadm init phase'),
  plan: 'init',
  parse: parseInitCommand,
  observe: observeInit,
  stages: ({ target: { cluster, request } }) => init(cluster, request),
  answer: ({ seen, report }) => initResult(seen.target, report),
  text(answer, { asked, seen: { target }, specOf }) {
    return asked.phase === undefined ? initText(answer, target.cluster, specOf(target.node)) : initPhaseText(answer)
  },
}

export function parseInitCommand({ options, flags, phase }: InitCommandLine, startedAt: Date): InitAsked {
  const [spec, ...more] = options.host ?? []
  if (more.length > 0) {
    throw new KadmError('USAGE', 'init creates the first control plane node: give exactly one --host', {
      hint: `create it on ${spec} with \`kadm init\`, then add the others with \`kadm join --host <host> --from ${shellWord(spec ?? '')}\``,
    })
  }
  const parsed = parseInit({
    ...readConfigFile(flags.config),
    flags,
    startedAt,
    randomToken: () => newBootstrapToken().reveal(),
    patchFiles,
    judgePhase: phaseJudge('init', initPhases),
    checkNames,
    skippedAddons,
  })
  const pick = selectPhases(phase, parsed.skipPhases)
  checkSelection('init', initPhases, pick)
  if (phase !== undefined && flags['print-manifest'] === true) manifestOf(phase)
  if (phase !== undefined) refuseOthersFlags('init', phase, flags)
  const { dryRun, warnings, config } = parsed
  // A single phase may need no key.
  const count = chosenPhases('init', phase).some(({ keys }) => keys !== undefined) ? 2 : 0
  return {
    ...{ parsed, phase, pick, dryRun, warnings, access: 'change' },
    hosts: [{ flag: '--host', spec }],
    earlyKeys: { algorithm: keyAlgorithm(config), count },
  }
}

export async function observeInit(
  { parsed, phase }: InitAsked,
  { first, report }: Pick<Reached, 'first' | 'report'>,
): Promise<InitSeen> {
  const needs = needsOf(chosenPhases('init', phase))
  const [settled, facts, state] = await Promise.all([
    settleVersion(parsed, first, report('init')),
    readFacts(first),
    observeState({ hosts: [first] }),
  ])
  const { cluster, request, warnings } = completeInit(settled, facts, needs)
  checkPatches('init', cluster)
  const [node] = controlPlanesOf(cluster)
  if (node === undefined) throw new KadmError('INTERNAL', 'init has no node')
  const target = { cluster, node, request: withCertificateKey(request) }
  return { target, targets: [target], state, warnings, onControlPlane: true, dry: { newCluster: true } }
}

/** Generates a certificate key if --upload-certs is set and no key is given. */
function withCertificateKey(request: InitRequest): InitRequest {
  if (!request.uploadCerts || request.certificateKey !== undefined) return request
  return { ...request, certificateKey: newCertificateKey() }
}
