import type { BroughtCa, BroughtCertificate } from '../../../cluster/csr-request.ts'
import { given } from '../../../cluster/given.ts'
import type { CertificatePlaces } from '../../../compose/csr-node.ts'
import { namedMachines } from '../../../compose/machines.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { machinePath } from '../../named-paths.ts'
import type { Asked } from '../../run/intent.ts'
import { type PlaceOptions, parsePlaces } from '../places.ts'
import { readBrought } from './brought.ts'

export interface ImportOptions extends PlaceOptions {
  readonly refreshKubeconfig?: readonly string[]
  /** False with --no-restart. */
  readonly restart?: boolean
  readonly dryRun?: boolean
}

export interface ImportInput {
  readonly paths: readonly string[]
  readonly options: ImportOptions
}

export interface ImportAsked extends Asked {
  readonly places: CertificatePlaces
  readonly certificates: readonly BroughtCertificate[]
  readonly cas: readonly BroughtCa[]
  readonly restart?: false
  readonly kubeconfigCopies?: readonly string[]
}

/** Reads the flags and the local files. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE, CERT_INVALID. */
export function parseImport({ paths, options }: ImportInput, startedAt: Date): ImportAsked {
  const hosts = namedMachines(options)
  if (hosts.length > 1) {
    throw new KadmError('USAGE', 'the certificates belong to one host: give exactly one --host', {
      hint: 'import those of each host from its own directory',
    })
  }
  const { places, warnings } = parsePlaces(options, startedAt)
  const remote = options.host !== undefined
  const kubeconfigCopies = options.refreshKubeconfig
    ?.filter(path => path !== '')
    .map(path => machinePath(path, { by: '--refresh-kubeconfig', remote }))
  return {
    ...{ places, hosts, warnings, pick: {}, access: 'change', dryRun: options.dryRun === true },
    ...readBrought(paths),
    ...given({ kubeconfigCopies }),
    ...(options.restart === false ? { restart: false } : {}),
  }
}
