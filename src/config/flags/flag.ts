import type { Secret } from '../../cluster/secret.ts'

export type FlagKind = 'string' | 'strings' | 'bool' | 'int' | 'duration' | 'featureGates' | 'args' | 'socket'

/** What the command line gave, by flag name; only flags that were set. A flag with `reads` carries the file's content. */
export type FlagValues = Readonly<Record<string, string | boolean | readonly string[] | Secret>>

/** The commands that take their flags from the table, and that have phases. */
export const flagCommands = ['init', 'join', 'reset'] as const
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

/** One flag: what the command line shows and where its value goes. */
export interface Flag {
  readonly name: string
  /** One letter that stands for it. */
  readonly short?: string
  readonly kind: FlagKind
  readonly placeholder?: string
  readonly offers?: Offer
  readonly description: string
  /** As the help shows it; the default itself is the field's. */
  readonly shown?: string
  readonly commands: readonly FlagCommand[]
  /** Every single phase takes it; other flags stand on the phases that take them. */
  readonly everyPhase?: true
  /** Commands of which no single phase takes it. */
  readonly wholeOnly?: readonly FlagCommand[]
  /** Fields that get the value; only those of the kinds that the command reads. */
  readonly sets?: readonly string[]
  /** `fill`: only fields that are still unset. `add`: joined to the list in the file. Default: the flag wins. */
  readonly mode?: 'fill' | 'add'
  /** True when the argument is a file whose content is the value: secrets do not belong in argv. */
  readonly reads?: true
  /** True when the argument is a path on the host that is worked on: a relative one has a meaning only on this host. */
  readonly onMachine?: true
  /** What an empty argument stands for, where it is not the same as no flag. */
  readonly emptyMeans?: string
  /** True for a flag that only single phases take. */
  readonly phaseOnly?: true
  /** True for a flag of single phases that a family of them does not take. */
  readonly singly?: true
  /** What of the run it decides, when it is not a field of a document. */
  readonly run?: 'uploadCerts' | 'skipTokenPrint' | 'skipCertificateKeyPrint' | 'kubeconfig' | 'kubeconfigDir'
  readonly hidden?: true
}
