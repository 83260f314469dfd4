import { keyAlgorithm } from '../../cluster/key-algorithm.ts'
import { secret } from '../../cluster/secret.ts'
import { connectTo } from '../../compose/machines.ts'
import { serverOf } from '../../config/complete-init.ts'
import { type ParsedInit, parseInit } from '../../config/init.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { HostReader } from '../../host/host.ts'
import { quote } from '../../host/quote.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { type ClusterAddress, makeUserKubeconfig, readClusterAddress } from '../../observe/pki/user-kubeconfig.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { generateKey } from '../../pki/keys.ts'
import { presentResult } from '../../ui/present-result.ts'
import { type CommonOptions, readConfigFile, readOwnText } from '../options.ts'
import { warn } from '../run/report.ts'
import { ownFile, writeUnlessOther } from '../write-own.ts'
import { readValidity, superuserWarnings } from './credentials.ts'

export interface UserOptions extends CommonOptions {
  readonly clientName?: string
  readonly org?: readonly string[]
  readonly token?: string
  readonly tokenFile?: string
  readonly validityPeriod: string
  readonly config?: string
  readonly to?: string
  readonly force?: boolean
}

/** `kadm kubeconfig user`: a kubeconfig for another user, signed by the CA on this host or on that of --host. */
export async function runKubeconfigUser(options: UserOptions): Promise<number> {
  const startedAt = new Date()
  const user = readUser(options)
  const to = options.to === undefined || options.to === '-' ? undefined : ownFile('--to', options.to)
  const file = readConfigFile(options.config)
  const parsed = parseInit({ ...file, flags: {}, startedAt, randomToken: () => newBootstrapToken().reveal() })
  const [spec, ...more] = options.host ?? []
  if (more.length > 0)
    throw new KadmError('USAGE', 'the certificate is signed by one CA: give exactly one --host, a control plane')
  const host = await connectTo(spec, options)
  try {
    const address = await addressOf(host, parsed, file.file !== undefined)
    const key = () => generateKey(keyAlgorithm(parsed.config))
    const made = await makeUserKubeconfig(host, parsed, { ...user, ...address, key, startedAt })
    const expires = user.token === undefined ? { expires: new Date(startedAt.getTime() + user.validityMs) } : {}
    const result = { user: user.clientName, organizations: user.organizations, ...address, ...expires }
    process.stdout.write(present(result, made.reveal(), { ...options, to }))
    return 0
  } finally {
    await host.close()
  }
}

function readUser({ clientName, org = [], token, tokenFile, validityPeriod }: UserOptions) {
  if (clientName === undefined || clientName === '') {
    throw new KadmError('USAGE', 'required flag(s) "client-name" not set', {
      hint: 'set the user name with --client-name',
    })
  }
  const given = readToken(token, tokenFile)
  const validityMs = readValidity(validityPeriod)
  if (given === undefined) warn(superuserWarnings(org))
  return { clientName, organizations: org, validityMs, ...(given === undefined ? {} : { token: secret(given) }) }
}

/** As in kubeadm, an empty argument means no token. A token file must not be empty. */
function readToken(word: string | undefined, file: string | undefined): string | undefined {
  if (file === undefined) return word === '' ? undefined : word
  if (word !== undefined && word !== '') {
    const hint = 'use only --token-file: arguments are visible in the process list'
    throw new KadmError('USAGE', 'the token is set twice', { hint })
  }
  const text = readOwnText(file, '--token-file').trim()
  if (text !== '') return text
  const hint = 'write the token into the file, or omit --token-file to use a certificate'
  throw new KadmError('USAGE', '--token-file: the file is empty', { hint })
}

/** Without a configuration file the address comes from the host's own admin.conf. kubeadm uses its defaults instead. */
async function addressOf(host: HostReader, parsed: ParsedInit, configured: boolean): Promise<ClusterAddress> {
  const known = configured ? undefined : await readClusterAddress(host)
  return known ?? { clusterName: parsed.config.clusterName, server: serverOf(parsed, await readFacts(host)) }
}

type Shown = Pick<UserOptions, 'force' | 'output'> & { readonly to: string | undefined }

/** Prints to stdout followed by an empty line, as kubeadm does. */
function present(result: object, kubeconfig: string, { to, force, output }: Shown): string {
  if (to === undefined) return presentResult({ ...result, kubeconfig }, output, () => `${kubeconfig}\n`)
  writeUnlessOther(to, kubeconfig, force === true)
  return presentResult({ ...result, path: to }, output, () => `${to}: written\n  export KUBECONFIG=${quote([to])}\n`)
}
