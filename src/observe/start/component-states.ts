import type { CriContainer } from '../../clients/cri/cri.ts'
import { isKadmError } from '../../errors/kadm-error.ts'
import { readLogs } from './ended.ts'
import { finalError } from './final-error.ts'
import { type Evidence, type Look, readEvidence, type UnitState } from './start-evidence.ts'

/** Returns the state of a host's kubelet and components, one line each; empty if the host cannot be queried. */
export async function readStates(look: Look): Promise<readonly string[]> {
  try {
    const evidence = await readEvidence(look)
    const newest = new Map(look.components.map(name => [name, evidence.containers.find(one => one.name === name)]))
    const exited = [...newest].flatMap(([name, one]) => (one?.state === 'exited' ? [[name, one.logPath] as const] : []))
    const logs = await readLogs(look.host, new Map(exited))
    const components = look.components.flatMap(name => {
      const one = newest.get(name)
      if (!isExpected(name, one, evidence)) return []
      return [`${name} ${stateOf(name, one, evidence, finalError(logs(name))?.message)}`]
    })
    return [`the kubelet ${kubeletState(evidence)}`, ...components]
  } catch (error) {
    if (isKadmError(error)) return []
    throw error
  }
}

/** An etcd on another host has no manifest here. */
function isExpected(component: string, newest: CriContainer | undefined, { written }: Evidence): boolean {
  return newest !== undefined || written.has(component) || component !== 'etcd'
}

function kubeletState({ unit, now }: { readonly unit: UnitState; readonly now: number }): string {
  if (unit.load === 'not-found') return 'has no service'
  const since = unit.changed === undefined ? '' : ` for ${seconds(now - unit.changed)}`
  if (unit.sub === 'running') return `runs${since}`
  return unit.sub === 'auto-restart'
    ? `exits with code ${unit.exitStatus}, and is started again`
    : `is ${unit.sub}${since}`
}

function stateOf(
  component: string,
  newest: CriContainer | undefined,
  { now, written, syncErrors }: Evidence,
  words: string | undefined,
): string {
  const error = syncErrors.findLast(one => one.component === component)
  if (newest === undefined) {
    if (!written.has(component)) return 'has no manifest'
    return error === undefined ? 'has not started' : `has not started (${error.reason}: ${error.message})`
  }
  const { state, createdAt, finishedAt = createdAt, attempt, exitCode } = newest
  const restarts = attempt === 0 ? '' : `, after ${attempt} ${attempt === 1 ? 'restart' : 'restarts'}`
  const since = (at: Date) => seconds(now - at.getTime() / 1000)
  if (state === 'running') return `runs for ${since(createdAt)}${restarts}`
  if (state !== 'exited') return `is ${state}${restarts}`
  return `exited with code ${exitCode} ${since(finishedAt)} ago${restarts}${words === undefined ? '' : `: ${words}`}`
}

function seconds(count: number): string {
  return `${Math.max(0, Math.round(count))} s`
}
