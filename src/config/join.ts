import { defaultBindPort } from '../cluster/components.ts'
import { given } from '../cluster/given.ts'
import { defaultCaFile } from '../cluster/node-files.ts'
import type { Patch } from '../cluster/patch.ts'
import type { JoinRequest } from '../cluster/request.ts'
import type { JoinConfiguration } from '../cluster/spec.ts'
import { KadmError } from '../errors/kadm-error.ts'
import { baseRequest } from './base-request.ts'
import type { Drafts } from './documents/drafts.ts'
import { refuseNotBuilt } from './documents/not-built.ts'
import { type ConfigFile, openDrafts, throwProblems } from './documents/open-drafts.ts'
import { type ListPatchFiles, openPatches } from './documents/patch-files.ts'
import { allProblems, readDocument } from './documents/sound-part.ts'
import { type CheckNames, warnOfIgnored } from './field/check-names.ts'
import { type Fault, faultsOf, valueAt } from './field/field-path.ts'
import { validateCertificateKey, validatePort } from './field/validate-fields.ts'
import type { FlagValues } from './flags/flag.ts'
import { overlayFlags, readRunFlags, refuseMixing, refuseTwice, tokenTwice } from './flags/overlay.ts'
import { type DiscoveryFiles, defaultDiscovery, validateDiscovery } from './kinds/discovery.ts'
import { type JoinDocument, joinSchema } from './kinds/kind-schemas.ts'
import { draftNode, type NodeDraft, validateAdvertiseAddress, validateNode } from './kinds/node-registration.ts'
import { type JudgePhase, validatePhases } from './kinds/skipped-phases.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'

const kind = 'JoinConfiguration'

export interface JoinInput {
  readonly file?: ConfigFile
  readonly flags: FlagValues
  /** `host:port` as given on the command line. */
  readonly endpoint?: string
  /** True if the join reads the cluster from a control plane over SSH and needs no discovery. */
  readonly from?: boolean
  /** Lists the operator's files in a patches directory; set by commands that apply patches. */
  readonly patchFiles?: ListPatchFiles
  /** Validates phase names in a file. */
  readonly judgePhase?: JudgePhase
  /** The preflight checks that can be ignored, to warn about other names. */
  readonly checkNames?: CheckNames
  /** Where the joining host searches for a discovery file. */
  readonly discoveryFiles?: DiscoveryFiles
}

/** A configuration of join that was validated as far as possible without the host and the cluster. */
export interface ParsedJoin {
  readonly config: Omit<JoinConfiguration, 'nodeRegistration'>
  readonly node: NodeDraft
  readonly patches: readonly Patch[]
  readonly request: JoinRequest
  readonly warnings: readonly string[]
  readonly drafts: Drafts
}

/**
 * Reads the file and the flags of join, and validates everything that needs no host. Throws CONFIG_INVALID, USAGE,
 * NOT_BUILT.
 */
export function parseJoin(input: JoinInput): ParsedJoin {
  const { file, flags } = input
  refuseEndpointBesideFile(input)
  const { drafts, kinds, problems, warnings } = openDrafts(file, [kind], [kind])
  const { problems: flagProblems, warnings: dropped } = layFlags(drafts, input)
  const read = readDocument(joinSchema, kind, drafts.typed(kind))
  const document = read.value ?? {}
  const config = defaultJoin(document, input.discoveryFiles)
  const node = draftNode(kind, document.nodeRegistration ?? {}, config.controlPlane ? 'control-plane' : 'worker')
  const { patches, ...unfit } = openPatches(config.patches?.directory, input.patchFiles, text =>
    drafts.problemOf({ kind, path: ['patches', 'directory'], ...text }),
  )
  // A document that does not exist or is unreadable has no missing fields.
  const readable = read.value !== undefined && (file === undefined || kinds.has(kind))
  const judged = readable ? validateJoin(config, node, document, input) : []
  throwProblems([...allProblems(drafts, [...problems, ...flagProblems], read.faults, judged), ...unfit.problems])
  refuseNotBuilt({ JoinConfiguration: drafts.read(kind) })
  const ignored = warnOfIgnored(node.ignorePreflightErrors, input.checkNames)
  const allWarnings = [...warnings, ...dropped, ...ignored, ...unusedKey(config, input), ...unfit.warnings]
  return { config, node, patches, request: joinRequest(config, flags), warnings: allWarnings, drafts }
}

function unusedKey({ controlPlane }: ParsedJoin['config'], { from }: JoinInput): readonly string[] {
  if (from !== true || controlPlane?.certificateKey === undefined) return []
  return ['the certificate key is not used: with --from the certificates come from that control plane']
}

function refuseEndpointBesideFile({ file, flags, endpoint }: JoinInput): void {
  refuseMixing(file, flags)
  if (file === undefined || endpoint === undefined) return
  throw new KadmError('USAGE', `can not mix '--config' with the endpoint ${endpoint}`, {
    hint: 'set discovery.bootstrapToken.apiServerEndpoint in the configuration file',
  })
}

/** Applies the flags to the document; warns about those that it does not use. */
function layFlags(drafts: Drafts, { file, flags, endpoint }: JoinInput) {
  refuseTwice(flags)
  if (file === undefined) {
    return { problems: overlayFlags(drafts, 'join', flags), warnings: shapeByFlags(drafts, flags, endpoint) }
  }
  const { controlPlane, discovery } = drafts.read(kind)
  const byFile = valueAt(discovery, ['file']) !== undefined
  const token = byFile ? ['discovery', 'tlsBootstrapToken'] : ['discovery', 'bootstrapToken', 'token']
  const problems = [...tokenTwice(drafts, flags, kind, token), ...overlayFlags(drafts, 'join', flags)]
  // A token alone does not select discovery by token.
  if (byFile && valueAt(discovery, ['bootstrapToken']) === undefined)
    drafts.remove(kind, ['discovery', 'bootstrapToken'])
  const field = 'controlPlane in the JoinConfiguration'
  return { problems, warnings: controlPlane === undefined ? leaveWorker(drafts, flags, field) : [] }
}

/** Combines related flags as kubeadm does; returns warnings about ignored ones. */
function shapeByFlags(drafts: Drafts, flags: FlagValues, endpoint: string | undefined): readonly string[] {
  const tokenPath = ['discovery', 'bootstrapToken']
  if (endpoint === undefined) drafts.remove(kind, tokenPath)
  else drafts.set(kind, [...tokenPath, 'apiServerEndpoint'], endpoint, '<endpoint>')
  const given = drafts.valueAt(kind, ['controlPlane'])
  if (flags['control-plane'] === true) {
    if (given === undefined) drafts.set(kind, ['controlPlane'], {}, 'control-plane')
    return []
  }
  return leaveWorker(drafts, flags, '--control-plane')
}

/** Flags of control planes do not turn a worker into one: `without` names the flag that does. */
function leaveWorker(drafts: Drafts, flags: FlagValues, without: string): readonly string[] {
  drafts.remove(kind, ['controlPlane'])
  const names = ['apiserver-advertise-address', 'apiserver-bind-port', 'certificate-key', 'certificate-key-file']
  const unused = names.filter(name => flags[name] !== undefined).map(name => `--${name}`)
  return unused.length === 0
    ? []
    : [`${unused.join(', ')} applies only to control plane nodes and is ignored without ${without}`]
}

function defaultJoin(document: JoinDocument, files?: DiscoveryFiles): Omit<JoinConfiguration, 'nodeRegistration'> {
  const { controlPlane, patches } = document
  const endpoint = controlPlane?.localAPIEndpoint
  const key = controlPlane?.certificateKey
  return {
    dryRun: document.dryRun ?? false,
    caCertPath: document.caCertPath ?? defaultCaFile,
    discovery: defaultDiscovery(document.discovery ?? {}, files),
    ...(controlPlane === undefined
      ? {}
      : {
          controlPlane: {
            localAPIEndpoint: {
              advertiseAddress: endpoint?.advertiseAddress ?? '',
              bindPort: endpoint?.bindPort || defaultBindPort,
            },
            ...given({ certificateKey: key }),
          },
        }),
    skipPhases: document.skipPhases ?? [],
    ...(patches?.directory === undefined ? {} : { patches: { directory: patches.directory } }),
    timeouts: defaultTimeouts(document.timeouts),
  }
}

function validateJoin(
  config: ParsedJoin['config'],
  node: NodeDraft,
  document: JoinDocument,
  { from, flags, judgePhase, discoveryFiles }: JoinInput,
): readonly Fault[] {
  const { caCertPath, controlPlane, discovery } = config
  const found = discovery.bootstrapToken !== undefined || discovery.file !== undefined
  const certPath = 'the ca certificate path must be an absolute path'
  const cert = faultsOf(kind)(['caCertPath'], `"${caCertPath}": ${certPath}`, 'use an absolute path that ends in .crt')
  const endpoint = ['controlPlane', 'localAPIEndpoint']
  const address = document.controlPlane?.localAPIEndpoint?.advertiseAddress
  return [
    ...(from === true && !found ? [] : validateDiscovery(discovery, discoveryFiles)),
    ...validateNode(node),
    ...(controlPlane === undefined
      ? []
      : [
          ...validateAdvertiseAddress(kind, [...endpoint, 'advertiseAddress'], address),
          ...validatePort(kind, [...endpoint, 'bindPort'], controlPlane.localAPIEndpoint.bindPort),
          ...validateCertificateKey(kind, ['controlPlane', 'certificateKey'], controlPlane.certificateKey?.reveal()),
        ]),
    ...(caCertPath.startsWith('/') && caCertPath.endsWith('.crt') ? [] : [cert]),
    ...(flags['skip-phases'] === undefined ? validatePhases(kind, config.skipPhases, judgePhase) : []),
  ]
}

function joinRequest(config: ParsedJoin['config'], flags: FlagValues): JoinRequest {
  return {
    ...baseRequest(readRunFlags(flags), config),
    ...given({ certificateKey: config.controlPlane?.certificateKey }),
  }
}
