import { cpus } from 'node:os'
import type { Lab, LabNode } from '../test/lab/lab.ts'
import { startLab } from '../test/lab/lab.ts'

export type Tool = 'kadm' | 'kubeadm'

/** One run of one tool: prepared before it is timed, and its nodes removed afterwards. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** The maximum ratio for kadm. */
  readonly target?: number
  /** Instead of a ratio: the maximum of additional seconds compared with the command in kubeadm's column. */
  readonly targetMore?: number
  /** Why kadm misses the target; printed if it does. */
  readonly floor?: string
  /** A sentence below the table; `work`: kadm's median seconds of all processors. */
  readonly remark?: (measured: { readonly work: number }) => string
  /** Runs once, before all runs. */
  readonly setUp?: (lab: Lab) => Promise<void>
  /** Returns the command to time, after creating what it needs. The result can contain the seconds of kadm's phases. */
  readonly prepare: (lab: Lab, tool: Tool, run: number) => Promise<Timed>
}

export interface Timed {
  readonly run: () => Promise<Phases | undefined>
  readonly tearDown?: () => Promise<void>
}

/** Seconds by phase. */
export type Phases = readonly { readonly phase: string; readonly seconds: number }[]

export interface Figures {
  readonly seconds: Readonly<Record<Tool, readonly number[]>>
  /**
   * Seconds that all processors of the host worked for any program: divided by their number, the minimum duration of a
   * run.
   */
  readonly work: Readonly<Record<Tool, readonly number[]>>
  /** Of kadm's last run. */
  readonly phases?: Phases
}

const tools: readonly Tool[] = ['kubeadm', 'kadm']

/** Runs both tools in turn, so that a slow host slows both. */
export async function measure(scenario: Scenario, runs: number): Promise<Figures> {
  const lab = await startLab({ name: `bench-${scenario.name}` })
  const seconds: Record<Tool, number[]> = { kadm: [], kubeadm: [] }
  const work: Record<Tool, number[]> = { kadm: [], kubeadm: [] }
  let phases: Phases | undefined
  try {
    await scenario.setUp?.(lab)
    for (let run = 0; run < runs; run++) {
      for (const tool of run % 2 === 0 ? tools : [...tools].reverse()) {
        const timed = await scenario.prepare(lab, tool, run)
        const [started, worked] = [performance.now(), workDone()]
        const measured = await timed.run()
        seconds[tool].push((performance.now() - started) / 1000)
        work[tool].push(workDone() - worked)
        if (tool === 'kadm' && measured !== undefined) phases = measured
        await timed.tearDown?.()
      }
      console.log(`[bench]   run ${run + 1}: kubeadm ${last(seconds.kubeadm)} s, kadm ${last(seconds.kadm)} s`)
    }
  } finally {
    await lab.stop()
  }
  return { seconds, work, ...(phases === undefined ? {} : { phases }) }
}

/** Seconds since the host's start during which its processors worked. */
function workDone(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1000
}

function last(values: readonly number[]): string {
  return (values.at(-1) ?? 0).toFixed(2)
}

/** Runs a command on a node. Throws with its output if it fails. */
export async function succeed(node: LabNode, command: string): Promise<string> {
  const { code, stdout, stderr } = await node.run(command, { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`${command} exited ${code}\n${stderr}\n${stdout}`)
  return stdout
}
