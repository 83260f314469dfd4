import type { Cluster } from '../../cluster/cluster.ts'
import { paths } from '../../cluster/paths.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import { type EtcdOwner, readOwner, readOwnerOfFiles } from '../../observe/etcd/owner.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { lastArg } from '../../render/static-pod/command.ts'
import { type Check, type CheckSubject, type Finding, failure, skipped, warning } from './check.ts'

/**
 * Fails if etcd of a new cluster would hold the objects of another cluster with another CA: its nodes, tokens and
 * secrets would not fit. An earlier run of the same init is not an error.
 */
export const etcdData: Check = {
  name: 'EtcdData',
  run(subject) {
    const { external, local } = subject.ctx.cluster.config.etcd
    if (external !== undefined) return external.endpoints.length === 0 ? [] : judgeExternal(subject, external.endpoints)
    return local === undefined || subject.earlier.paths.has(local.dataDir) ? [] : judgeLocal(subject, local.dataDir)
  },
}

async function judgeExternal(
  { ctx, earlier }: CheckSubject,
  endpoints: readonly string[],
): Promise<readonly Finding[]> {
  const where = `the external etcd at ${endpoints.join(', ')}`
  const prefix = prefixOf(ctx.cluster)
  try {
    const ca = await readCa(ctx)
    const owner = await readOwner(await ctx.etcd(), prefix, ca)
    // A run that was stopped early has not written a CA yet.
    if (owner === 'unknown' && earlier.paths.has(paths.manifest('kube-apiserver'))) return []
    return judge(ctx, owner, ca, { where, empty: `empty it (\`etcdctl del --prefix ${prefix}/\`)` })
  } catch (error) {
    if (!isAnswer(error)) throw error
    // Another check reports errors of the files.
    if (error.code === 'CERT_INVALID') return [skipped(`${where} cannot be asked: ${error.message}`)]
    return [warning(`${where} could not be checked for another cluster: ${error.message}`, error.hint)]
  }
}

async function judgeLocal({ ctx, facts }: CheckSubject, dataDir: string): Promise<readonly Finding[]> {
  if (facts.paths.get(dataDir) !== 'filled-dir') return []
  const ca = await readCa(ctx)
  const owner = await readOwnerOfFiles(ctx.host, dataDir, prefixOf(ctx.cluster), ca)
  const where = `the data of etcd in ${dataDir}`
  return owner === undefined
    ? [skipped(`${where} cannot be looked at`)]
    : judge(ctx, owner, ca, { where, empty: 'move it away' })
}

interface Place {
  readonly where: string
  /** The next step if the other cluster no longer exists. */
  readonly empty: string
}

function judge(
  { host, cluster }: CheckSubject['ctx'],
  owner: EtcdOwner,
  ca: string | undefined,
  { where, empty }: Place,
): readonly Finding[] {
  if (owner === 'none' || owner === 'same') return []
  const dir = cluster.config.certificatesDir
  const why =
    ca === undefined
      ? `is of another cluster: ${host.name} has no CA of it in ${dir}, and init would make a new one`
      : owner === 'other'
        ? `is of a cluster with another CA than ${dir}/ca.crt`
        : `cannot be matched with the CA ${dir}/ca.crt`
  const remedy = `if that cluster is gone, ${empty}; to restore it, copy its CA and keys to ${dir}`
  return [failure(`${where} ${why}`, remedy)]
}

function readCa({ host, cluster }: CheckSubject['ctx']): Promise<string | undefined> {
  return readText(host, `${cluster.config.certificatesDir}/ca.crt`)
}

/** Returns `/registry`, the prefix of all keys of the API server. */
function prefixOf({ config }: Cluster): string {
  const prefix = lastArg(config.apiServer.extraArgs, 'etcd-prefix') ?? '/registry'
  return `/${prefix.replace(/^\/+|\/+$/g, '')}`
}
