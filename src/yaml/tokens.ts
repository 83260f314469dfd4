import type { Mark } from './cursor.ts'

/** The tokens of the scanner: the indicators of YAML, and the text between them. */
export type TokenType =
  | ('directive' | 'documentStart' | 'documentEnd' | 'streamEnd')
  | ('blockSequenceStart' | 'blockMappingStart' | 'blockEnd' | 'blockEntry')
  | ('flowSequenceStart' | 'flowSequenceEnd' | 'flowMappingStart' | 'flowMappingEnd' | 'flowEntry')
  | ('key' | 'value' | 'alias' | 'anchor' | 'tag' | 'scalar')

export interface Token {
  readonly type: TokenType
  readonly at: Mark
  /** The value of a scalar, a name, or a tag with its handle. */
  readonly text: string
  /** True for an unquoted scalar that is not a block. */
  readonly plain: boolean
}
