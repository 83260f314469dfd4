import type { Mark } from './cursor.ts'

/** What the scanner makes of a text: the indicators of YAML, and what stands between them. */
export type TokenType =
  | ('directive' | 'documentStart' | 'documentEnd' | 'streamEnd')
  | ('blockSequenceStart' | 'blockMappingStart' | 'blockEnd' | 'blockEntry')
  | ('flowSequenceStart' | 'flowSequenceEnd' | 'flowMappingStart' | 'flowMappingEnd' | 'flowEntry')
  | ('key' | 'value' | 'alias' | 'anchor' | 'tag' | 'scalar')

export interface Token {
  readonly type: TokenType
  readonly at: Mark
  /** The value of a scalar, a name, a tag with its handle. */
  readonly text: string
  /** True for a scalar without quotes that is not a block. */
  readonly plain: boolean
}
