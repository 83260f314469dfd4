import { cpus } from 'node:os'
import type { Lab, LabNode } from '../test/lab/lab.ts'
import { startLab } from '../test/lab/lab.ts'

export type Tool = 'kadm' | 'kubeadm'

/** One run of one tool: prepared outside the clock, timed, and its nodes taken away. */
export interface Scenario {
  readonly name: string
  readonly title: string
  /** The ratio that kadm is to reach at most. */
  readonly target?: number
  /** In place of a ratio: how many seconds more it may take than what stands in kubeadm's place. */
  readonly targetMore?: number
  /** What keeps kadm from it, told where it is missed. */
  readonly floor?: string
  /** Made once, before all runs. */
  readonly setUp?: (lab: Lab) => Promise<void>
  /** Gives the command to be timed; what it needs is made here. Seconds of kadm's own phases may come back. */
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
  /** Seconds that all processors of the machine worked meanwhile, whatever for: a run needs at least these by their number. */
  readonly work: Readonly<Record<Tool, readonly number[]>>
  /** Of kadm's last run. */
  readonly phases?: Phases
}

const tools: readonly Tool[] = ['kubeadm', 'kadm']

/** Runs both tools in turn, so that what slows the machine slows both. */
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

/** Seconds since the machine's start that its processors did anything. */
function workDone(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1000
}

function last(values: readonly number[]): string {
  return (values.at(-1) ?? 0).toFixed(2)
}

/** Runs a command on a node; throws with its output when it fails. */
export async function succeed(node: LabNode, command: string): Promise<string> {
  const { code, stdout, stderr } = await node.run(command, { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`${command} exited ${code}\n${stderr}\n${stdout}`)
  return stdout
}
