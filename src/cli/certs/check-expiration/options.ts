import type { CommonOptions } from '../../options.ts'

export const outputFormats = ['text', 'json', 'yaml', 'prometheus'] as const

export interface CheckOptions extends Omit<CommonOptions, 'output'> {
  readonly output: (typeof outputFormats)[number]
  readonly certDir?: string
  readonly config?: string
  readonly kubeconfig: string
  readonly allNodes?: boolean
  readonly failWithin?: string
}
