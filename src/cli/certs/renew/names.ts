import { renewables } from '../../../pki/renewable.ts'

const rows = [['all', 'all of these'], ...renewables.map(({ name, longName }) => [name, longName])]

/** The names that `certs renew` takes, for its help. */
export const nameLines = rows.map(([name = '', what]) => `  ${name.padEnd(26)}${what}`).join('\n')
