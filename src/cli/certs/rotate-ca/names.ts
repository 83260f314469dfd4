import type { CaName } from '../../../cluster/node-files.ts'

/** The steps that a command line can name. */
export const rotationCommands = ['prepare', 'reissue', 'distrust', 'rollback'] as const

/** The values of --ca. */
export const caNames: Readonly<Record<string, CaName>> = {
  cluster: 'ca',
  'front-proxy': 'front-proxy-ca',
  etcd: 'etcd-ca',
}
