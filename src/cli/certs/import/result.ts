import { certSpec } from '../../../pki/cert-table.ts'
import { profiles } from '../../../pki/profile.ts'
import type { RunReport } from '../../run/run-plan.ts'

/** The result of `kadm certs import`. */
export function importResult(node: string, running: boolean, { values, changes, warnings, seconds }: RunReport) {
  const of = (wanted: string) => values.filter(({ key }) => key === wanted).map(({ value }) => value)
  const certificates = profiles.flatMap(({ name, longName, kind, base }) =>
    (['imported', 'unchanged'] as const).flatMap(outcome =>
      of(outcome).flatMap(value => {
        const [first, expires = ''] = value.split(' ')
        return first === name
          ? [{ name, file: kind === 'pair' ? `${base}.crt` : base, longName, outcome, expires }]
          : []
      }),
    ),
  )
  return {
    ...{ node, certificates, caCertificates: of('ca'), refreshed: of('refreshed'), restarted: of('restarted') },
    /** True if all components use the certificates in their files; false if that was not checked. */
    inUse: of('inUse').length > 0,
    ...{ running, changes, warnings, seconds },
  }
}

export type ImportResult = ReturnType<typeof importResult>

const mustRestart =
  'Restart the kube-apiserver, kube-controller-manager, kube-scheduler and etcd, so that they use the new certificates.'

export function importText(result: ImportResult): string {
  const { certificates, caCertificates, refreshed, restarted, running, inUse } = result
  const changed = certificates.some(({ outcome }) => outcome === 'imported')
  const lines = [
    ...caCertificates.map(name => `${certSpec(name as 'ca').base}.crt imported`),
    ...certificates.map(({ file, outcome, expires }) => `${file} ${outcome}, expires on ${expires.slice(0, 10)}`),
    ...refreshed.map(path => `${path} refreshed`),
    ...restarted.map(name => `${name} restarted`),
    ...(running && inUse ? ['', 'All components use the certificates in their files.'] : []),
    ...(running && !inUse && changed ? ['', mustRestart] : []),
  ]
  return lines.map(line => `${line}\n`).join('')
}
