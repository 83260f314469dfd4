import type { NamedHost } from '../../../compose/machines.ts'
import { shellWord } from '../../../errors/operator-commands.ts'
import type { RenewResult } from './result.ts'

/** The commands that renew what an external CA has signed; empty if every CA is on its host. */
export function externalText({ nodes }: RenewResult, hosts: readonly NamedHost[]): string {
  const external = nodes.flatMap(({ certificates }, i) =>
    certificates.some(({ outcome }) => outcome === 'external') ? [hosts[i]?.spec] : [],
  )
  if (external.length === 0) return ''
  const lines = external.flatMap(spec => {
    const host = spec === undefined ? '' : ` --host ${shellWord(spec)}`
    const dir = `./${spec?.replace(/.*@|:\d+$/g, '').replaceAll(/[^\w.-]/g, '') || 'requests'}`
    return [
      `  kadm certs generate-csr --renewal --out-dir ${dir}${host}`,
      `  kadm certs sign-csr ${dir} --cert-dir CAS`,
      `  kadm certs import ${dir}${host}`,
    ]
  })
  return `\nTo renew what an external CA has signed, with CAS as the directory that holds its key:\n${lines.join('\n')}\n`
}
