import type { KeyObject } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { EncryptionAlgorithm } from '../cluster/spec.ts'
import { generateKey } from './keys.ts'

/** Generates private keys by name, each once. */
export interface KeySource {
  readonly key: (name: string) => Promise<KeyObject>
  /** Starts to generate keys in this order before they are needed. */
  readonly warm: (names: readonly string[]) => void
  /** Starts to generate keys for names that are not known yet. */
  readonly spare: (count: number) => void
}

interface Pending {
  readonly name: string
  readonly start: () => void
}

/**
 * Returns one key per name, and generates at most as many in parallel as the host has cores. A requested key takes
 * precedence over prepared keys. The caller receives the failure.
 */
export function makeKeySource(
  algorithm: EncryptionAlgorithm,
  make: (algorithm: EncryptionAlgorithm) => Promise<KeyObject> = generateKey,
  atOnce: number = availableParallelism(),
): KeySource {
  const keys = new Map<string, Promise<KeyObject>>()
  const asked: Pending[] = []
  const warmed: Pending[] = []
  const spares: Promise<KeyObject>[] = []
  let running = 0

  function next(): void {
    while (running < atOnce) {
      const pending = asked.shift() ?? warmed.shift()
      if (pending === undefined) return
      running += 1
      pending.start()
    }
  }

  function enqueue(name: string, queue: Pending[]): Promise<KeyObject> {
    const made = spares.shift() ?? begin(name, queue)
    keys.set(name, made)
    return made
  }

  function begin(name: string, queue: Pending[]): Promise<KeyObject> {
    const made = new Promise<void>(resolve => queue.push({ name, start: resolve }))
      .then(() => make(algorithm))
      .finally(() => {
        running -= 1
        next()
      })
    made.catch(() => undefined)
    next()
    return made
  }

  function overtake(name: string): void {
    const at = warmed.findIndex(pending => pending.name === name)
    if (at >= 0) asked.push(...warmed.splice(at, 1))
  }

  return {
    key(name) {
      const known = keys.get(name)
      overtake(name)
      return known ?? enqueue(name, asked)
    },
    warm(names) {
      for (const name of names) if (!keys.has(name)) enqueue(name, warmed)
    },
    spare(count) {
      for (let i = 0; i < count; i++) spares.push(begin('', warmed))
    },
  }
}
