import type { CommandResult } from '../../lab/exec.ts'
import type { KubernetesVersion, LabNode } from '../../lab/lab.ts'
import { oracleKubeadm } from '../../lab/oracle.ts'
import { kadmOn } from '../kadm.ts'

/** A program that creates clusters, run on a node as root: kadm or real kubeadm. Throws if it fails. */
export type Tool = (node: LabNode, args: readonly string[]) => Promise<CommandResult>

export const kadm: Tool = kadmOn

export function kubeadm(version: KubernetesVersion): Tool {
  return (node, args) => node.run([oracleKubeadm(version), ...args], { timeoutMs: 290_000 })
}
