import type { Secret } from '../../cluster/secret.ts'

export type FlagKind = 'string' | 'strings' | 'bool' | 'int' | 'duration' | 'featureGates' | 'args' | 'socket'

/** Values of the flags that were set, by flag name. A flag with `reads` contains the content of the file. */
export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | Secret>>

/** The commands that take their flags from the table, and that have phases. */
export const flagCommands = ['init', 'join', 'reset', 'upgrade apply', 'upgrade node'] as const
export type FlagCommand = (typeof flagCommands)[number]

/**
 * What completion offers for an argument: files and directories of this host, or of the host that the command works on;
 * hosts; phases of the command; preflight checks; versions of Kubernetes; or these words.
 */
export type Offer =
  | 'file'
  | 'directory'
  | 'host-file'
  | 'host-directory'
  | 'host'
  | 'phase'
  | 'check'
  | 'version'
  | readonly string[]

/** A flag: what the help shows, and the field that it sets. */
export interface Flag {
  readonly name: string
  /** The short form: one letter. */
  readonly short?: string
  readonly kind: FlagKind
  readonly placeholder?: string
  readonly offers?: Offer
  readonly description: string
  /** The default in the help; the default itself belongs to the field. */
  readonly shown?: string
  readonly commands: readonly FlagCommand[]
  /** True if every single phase accepts it; other flags are listed by the phases that accept them. */
  readonly everyPhase?: true
  /** Commands whose single phases do not accept it. */
  readonly wholeOnly?: readonly FlagCommand[]
  /** Fields that get the value, for the kinds that the command reads. */
  readonly sets?: readonly string[]
  /** `fill`: only fields that are not set. `add`: appended to the list in the file. Default: replaces the value. */
  readonly mode?: 'fill' | 'add'
  /** True if the argument is a file whose content is the value, so that secrets are not in argv. */
  readonly reads?: true
  /** True if the argument is a path on the target host. A relative one is only valid on this host. */
  readonly onMachine?: true
  /** The value of an empty argument, if it differs from an absent flag. */
  readonly emptyMeans?: string
  /** True for a flag of single phases only. */
  readonly phaseOnly?: true
  /** True for a flag of single phases that a family of phases does not accept. */
  readonly singly?: true
  /** The option of the run that it sets, if it is not a field of a document. */
  readonly run?: 'uploadCerts' | 'skipTokenPrint' | 'skipCertificateKeyPrint' | 'kubeconfig' | 'kubeconfigDir'
  readonly hidden?: true
}
