import type { CaName } from '../../../cluster/node-files.ts'

/** The steps of a rotation that a command line can name. */
export const rotationCommands = ['prepare', 'reissue', 'distrust', 'rollback'] as const

/** The steps, and the replacement of CAs that have expired. */
export const stepNames = [...rotationCommands, 'replace'] as const

/** The values of --ca. */
export const caNames: Readonly<Record<string, CaName>> = {
  cluster: 'ca',
  'front-proxy': 'front-proxy-ca',
  etcd: 'etcd-ca',
}
