import type { CertificateReport } from '../../../cluster/certificate-report.ts'
import { closeAll } from '../../../compose/machines.ts'
import { exitCodes } from '../../../errors/codes.ts'
import type { ConnectedHost } from '../../../host/host.ts'
import { onInterrupt } from '../../run/interrupt.ts'
import { warn } from '../../run/report.ts'
import { type Checking, gatherCertificates } from './gather.ts'
import type { CheckOptions } from './options.ts'
import { parseCheck } from './parse.ts'
import type { UnreachedHost } from './reach.ts'
import { expiring, presentCheck } from './result.ts'

/** `kadm certs check-expiration`: changes nothing, and needs no API server except for --all-nodes. */
export async function runCheckExpiration(options: CheckOptions): Promise<number> {
  const now = new Date()
  const asked = await parseCheck(options, now)
  warn(asked.warnings)
  const interrupt = onInterrupt()
  const opened: ConnectedHost[] = []
  try {
    const { report, several, unreached } = await gatherCertificates(
      { asked, options, now, signal: interrupt.signal },
      opened,
    )
    process.stdout.write(presentCheck(report, { format: options.output, several, now }))
    const reported = unreached.map(({ error }) => error.message)
    warn(
      report.silent.map(({ message }) => message),
      reported,
    )
    return await exitCodeOf(report, unreached, { asked, options, now })
  } finally {
    interrupt.release()
    await closeAll(opened)
  }
}

/** The exit code of the gravest: a host that is not available, then a certificate that expires. */
async function exitCodeOf(
  report: CertificateReport,
  unreached: readonly UnreachedHost[],
  { asked: { failWithin }, options, now }: Omit<Checking, 'signal'>,
): Promise<number> {
  const [first, ...more] = unreached.map(({ error }) => error)
  if (first !== undefined) {
    const { showError } = await import('../../report-error.ts')
    const message = `${more.length + 1} hosts are not available`
    return showError(more.length === 0 ? first : new AggregateError([first, ...more], message), options)
  }
  if (failWithin === undefined) return 0
  return expiring(report, new Date(now.getTime() + failWithin)).length > 0 ? exitCodes.expiring : 0
}
