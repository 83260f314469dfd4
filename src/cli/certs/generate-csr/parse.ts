import { keyAlgorithm } from '../../../cluster/key-algorithm.ts'
import { type ProfileName, profileNames } from '../../../cluster/profile-names.ts'
import type { CertificatePlaces } from '../../../compose/csr-node.ts'
import { namedMachines } from '../../../compose/machines.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import type { Asked } from '../../run/intent.ts'
import { ownDirectory } from '../own-directory.ts'
import { type PlaceOptions, parsePlaces } from '../places.ts'

export interface CsrOptions extends PlaceOptions {
  readonly renewal?: boolean
  readonly outDir?: string
  readonly dryRun?: boolean
}

export interface CsrInput {
  readonly names: readonly string[]
  readonly options: CsrOptions
}

export interface CsrAsked extends Asked {
  readonly places: CertificatePlaces
  /** The named certificates; undefined for all. */
  readonly names: readonly ProfileName[] | undefined
  readonly renewal: boolean
  /** The local directory for copies of the requests. */
  readonly outDir?: string
}

/** Reads the flags and the file of `certs generate-csr`. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export function parseCsr({ names, options }: CsrInput, startedAt: Date): CsrAsked {
  const chosen = chosenNames(names)
  const { places, warnings } = parsePlaces(options, startedAt)
  const hosts = namedMachines(options)
  const { renewal = false, dryRun = false, outDir } = options
  const count = renewal ? 0 : (chosen ?? profileNames).length * hosts.length
  return {
    ...{ places, names: chosen, renewal, hosts, warnings, dryRun, access: 'change', pick: {} },
    ...(outDir === undefined ? {} : { outDir: ownDirectory('--out-dir', outDir) }),
    earlyKeys: { algorithm: keyAlgorithm(places.parsed.config), count },
  }
}

function chosenNames(names: readonly string[]): readonly ProfileName[] | undefined {
  const unknown = names.find(name => !profileNames.some(known => known === name))
  if (unknown !== undefined) {
    throw new KadmError('USAGE', `${unknown} is not a certificate of a control plane that a CA signs`, {
      hint: `use one of: ${profileNames.join(', ')}`,
    })
  }
  return names.length === 0 ? undefined : profileNames.filter(name => names.includes(name))
}
