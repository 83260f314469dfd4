import { given } from '../cluster/given.ts'
import type { Change, Step } from '../pipeline/events.ts'
import { maskTexts } from './mask-secret.ts'

/** A change for display: the fields of `--output json`. */
export interface ShownChange {
  readonly phase: string
  readonly node: string
  readonly kind: Change['kind']
  readonly what: string
  /** `0600` */
  readonly mode?: string
  readonly modeBefore?: string
  /** The complete text with masked secrets. */
  readonly before?: string
  readonly after?: string
  /** The content of a removed directory: paths, sorted. */
  readonly contents?: readonly string[]
}

export function showChange(step: Step, change: Change, contents: readonly string[] = []): ShownChange {
  const { kind, what, mode, modeBefore } = change
  return {
    phase: step.phase.id,
    node: step.node.name,
    kind,
    what,
    ...given({ mode: octal(mode), modeBefore: octal(modeBefore) }),
    ...maskTexts(change),
    ...(contents.length === 0 ? {} : { contents }),
  }
}

function octal(mode: number | undefined): string | undefined {
  return mode?.toString(8).padStart(4, '0')
}
