import type { SaCommand } from '../../../pki/sa-rotation.ts'

/** The steps that a command line can name. */
export const saCommands: readonly SaCommand[] = ['prepare', 'switch', 'finish', 'rollback']
