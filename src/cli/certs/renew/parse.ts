import { given } from '../../../cluster/given.ts'
import { keyAlgorithm } from '../../../cluster/key-algorithm.ts'
import { paths } from '../../../cluster/paths.ts'
import { namedMachines } from '../../../compose/machines.ts'
import type { ParsedRenew } from '../../../config/certs-renew.ts'
import { parseInit } from '../../../config/init.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { newBootstrapToken } from '../../../pki/bootstrap-token.ts'
import { kubeletClient, renewables } from '../../../pki/renewable.ts'
import { machinePath } from '../../named-paths.ts'
import { type CommonOptions, readConfigFile } from '../../options.ts'
import type { Asked } from '../../run/intent.ts'
import { parseWithin } from '../within.ts'

export interface RenewOptions extends CommonOptions {
  readonly certDir?: string
  readonly config?: string
  readonly kubeconfig: string
  readonly expiringWithin?: string
  readonly restart?: boolean
  readonly refreshKubeconfig?: readonly string[]
  readonly dryRun?: boolean
}

export interface RenewInput {
  readonly names: readonly string[]
  readonly options: RenewOptions
}

export interface RenewAsked extends Asked {
  readonly parsed: ParsedRenew
  readonly all: boolean
}

/** Reads the flags and the file of `certs renew`. Throws USAGE, CONFIG_INVALID, CONFIG_UNREADABLE. */
export function parseRenew({ names, options }: RenewInput, startedAt: Date): RenewAsked {
  const chosen = chosenNames(names)
  const { config, timeouts, warnings } = readConfiguration(options, startedAt)
  const parsed = {
    ...readPlaces(options),
    ...given({ config, timeouts, expiringWithinMs: readWithin(options.expiringWithin) }),
    ...(options.restart === false && { restart: false as const }),
    ...(names.includes(kubeletClient.name) ? { kubelets: 'always' as const } : {}),
  }
  const hosts = namedMachines(options)
  const algorithm = config === undefined ? 'RSA-2048' : keyAlgorithm(config)
  // With --expiring-within most certificates often stay.
  const count = parsed.expiringWithinMs === undefined ? (chosen ?? renewables).length * hosts.length : 0
  return {
    parsed,
    hosts,
    warnings,
    all: chosen === undefined,
    access: 'change',
    dryRun: options.dryRun === true,
    pick:
      chosen === undefined
        ? {}
        : { only: [...chosen.map(name => `certs-renew/${name}`), 'kubeconfig-copies', 'restart-components'] },
    earlyKeys: { algorithm, count },
  }
}

/** Returns the named certificates; undefined for all of them. */
function chosenNames(names: readonly string[]): readonly string[] | undefined {
  const known = ['all', ...renewables.map(({ name }) => name), kubeletClient.name]
  const unknown = names.find(name => !known.includes(name))
  if (unknown !== undefined) {
    throw new KadmError('USAGE', `${unknown} is not a certificate that can be renewed`, {
      hint: `use one of: ${known.join(', ')}`,
    })
  }
  return names.includes('all') ? undefined : [...new Set(names)]
}

function readConfiguration(options: RenewOptions, startedAt: Date) {
  const { file } = readConfigFile(options.config)
  if (file === undefined) return { warnings: [] }
  const { config, request, warnings } = parseInit({
    ...{ file, flags: {}, startedAt },
    randomToken: () => newBootstrapToken().reveal(),
  })
  return { config, timeouts: request.timeouts, warnings }
}

/** Returns the paths on the host. */
function readPlaces({ certDir, kubeconfig, refreshKubeconfig, host }: RenewOptions) {
  const remote = host !== undefined
  const kubeconfigCopies = refreshKubeconfig
    ?.filter(path => path !== '')
    .map(path => machinePath(path, { by: '--refresh-kubeconfig', remote }))
  const copies = given({ kubeconfigCopies })
  const conf = machinePath(kubeconfig || `${paths.kubernetesDir}/admin.conf`, { by: '--kubeconfig', remote })
  if (certDir === undefined || certDir === '') return { kubeconfig: conf, ...copies }
  const certificatesDir = machinePath(certDir, { by: '--cert-dir', remote }).replace(/(.)\/+$/, '$1')
  return { kubeconfig: conf, certificatesDir, ...copies }
}

function readWithin(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseWithin('--expiring-within', text)
}
