import type { CommonOptions } from '../../options.ts'

export interface ApproveOptions extends CommonOptions {
  readonly all?: boolean
  readonly san?: readonly string[]
  readonly wait?: string
  readonly kubeconfig: string
}
