import { kubeletClient, renewables } from '../../../pki/renewable.ts'

const rows = [
  ['all', 'all of these; kubelet-client only if it has expired'],
  ...[...renewables, kubeletClient].map(({ name, longName }) => [name, longName]),
]

/** The names that `certs renew` takes, for its help. */
export const nameLines = rows.map(([name = '', what]) => `  ${name.padEnd(26)}${what}`).join('\n')
