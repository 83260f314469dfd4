import { type Here, kadmBinds } from '../test/e2e/kadm.ts'
import type { Lab, LabNode } from '../test/lab/lab.ts'
import { programOnNode } from '../test/lab/program.ts'
import type { Phases, Tool } from './measure.ts'

export const onNode: Readonly<Record<Tool, string>> = { kadm: programOnNode, kubeadm: '/usr/bin/kubeadm' }
/** The lab's nodes have cgroup v1, which both tools reject by default. */
export const ignoring = ['--ignore-preflight-errors', 'SystemVerification'] as const
export const ignore = ignoring.join(' ')

/** Returns the seconds of the phases in kadm's JSON result. */
export function phasesOf(tool: Tool, stdout: string): Phases | undefined {
  return tool === 'kadm' ? (JSON.parse(stdout.slice(stdout.indexOf('{'))) as { phases: Phases }).phases : undefined
}

export function command(tool: Tool, words: string): string {
  return tool === 'kadm' ? `${onNode.kadm} ${words} -o json --progress quiet` : `${onNode.kubeadm} ${words}`
}

export async function freshNode(lab: Lab, name: string): Promise<{ node: LabNode; stop: () => Promise<void> }> {
  const node = await lab.startNode({ name, binds: kadmBinds })
  return { node, stop: () => node.stop() }
}

/** Runs kadm on this host. Throws with its output if it fails. */
export async function succeedHere(here: Here, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await here.run([...args, '-o', 'json', '--progress', 'quiet'])
  if (code !== 0) throw new Error(stderr)
  return stdout
}
