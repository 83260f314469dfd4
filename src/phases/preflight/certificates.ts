import { given } from '../../cluster/given.ts'
import { isKadmError, type Problem } from '../../errors/kadm-error.ts'
import { certificateFaults } from '../../observe/pki/left-certificates.ts'
import { readOwnFiles } from '../../observe/pki/shared-files.ts'
import { alreadyJoinedName, readMembership } from './already-joined.ts'
import { type Check, type Finding, isIgnored, skipped } from './check.ts'

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
    return faults.map(problem => toFinding(problem))
  },
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
