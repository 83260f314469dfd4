import { given } from '../../cluster/given.ts'
import { allCas, pairOf } from '../../cluster/node-files.ts'
import { isKadmError, type Problem } from '../../errors/kadm-error.ts'
import { certificateFaults } from '../../observe/pki/left-certificates.ts'
import { readOwnFiles } from '../../observe/pki/shared-files.ts'
import type { PhaseContext } from '../phase.ts'
import { alreadyJoinedName, readMembership } from './already-joined.ts'
import { type Check, type Finding, failure, isIgnored, skipped } from './check.ts'

const name = 'Certificates'
/** Certificates on the host must be usable for a first control plane. */
export const leftCertificates: Check = {
  name,
  standing: true,
  async run(subject) {
    const { host, cluster, node, request, session } = subject.ctx
    if (node.role === 'worker') return []
    const joined = !isIgnored(node.ignorePreflightErrors, alreadyJoinedName) && (await readMembership(subject))
    if (joined) return [skipped(`the certificates are those of the cluster that ${joined.name} is a node of`)]
    if ((await host.list(cluster.config.certificatesDir)).length === 0) return []
    const faults = await certificateFaults(host, cluster, node, session.startedAt, { dir: request.kubeconfigDir })
    return [...faults.map(problem => toFinding(problem)), ...(await unsharedKeys(subject.ctx))]
  },
}

/** An upload needs the keys of all CAs. */
async function unsharedKeys({ host, cluster, request }: PhaseContext): Promise<readonly Finding[]> {
  if (!('uploadCerts' in request) || request.uploadCerts !== true) return []
  const pairs = allCas.map(name => pairOf(cluster.config.certificatesDir, name))
  const found = await Promise.all(
    pairs.map(({ certificate, key }) => Promise.all([host.readFile(certificate), host.readFile(key)])),
  )
  const missing = pairs.filter((_, i) => found[i]?.[0] !== undefined && found[i][1] === undefined)
  return missing.map(({ key }) => ({
    ...failure(
      'is not on this host (external CA), and --upload-certs would share it',
      'omit --upload-certs, and join control planes with --from, which copies the other shared files over SSH',
    ),
    file: key,
  }))
}

/** The shared files must be on a joining control plane, unless the run copies them. */
export const ownCertificates: Check = {
  name,
  standing: true,
  async run({ ctx: { host, cluster } }) {
    try {
      await readOwnFiles(host, cluster.config)
      return []
    } catch (error) {
      if (!isKadmError(error, 'CERT_INVALID')) throw error
      return error.problems.map(problem => toFinding(problem, error.hint))
    }
  },
}

function toFinding({ field, message, remedy }: Problem, hint?: string): Finding {
  const todo = remedy ?? hint
  return {
    level: 'error',
    message,
    ...given({ remedy: todo, file: field }),
  }
}
