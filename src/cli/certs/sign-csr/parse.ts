import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseDuration } from '../../../cluster/duration.ts'
import type { CaName } from '../../../cluster/node-files.ts'
import { KadmError, type Problem } from '../../../errors/kadm-error.ts'
import { type Profile, profileNamed, profileOfFile, profiles } from '../../../pki/profile.ts'
import { isDnsName } from '../../../pki/requested-extensions.ts'
import { ownPath } from '../../named-paths.ts'
import { type CommonOptions, readOwnText } from '../../options.ts'
import { isOwnDirectory, ownDirectory } from '../own-directory.ts'

export interface SignOptions extends Pick<CommonOptions, 'output'> {
  readonly certDir?: string
  readonly caCert?: string
  readonly caKey?: string
  readonly name?: string
  readonly nodeName?: string
  readonly validityPeriod: string
  readonly outDir?: string
  readonly force?: boolean
}

/** A request on the operator's host, and the certificate that it becomes. */
export interface RequestFile {
  readonly path: string
  readonly text: string
  readonly profile: Profile
  /** The directory to which the path of the profile is relative. */
  readonly root: string
  /** Path of the certificate. */
  readonly certificate: string
}

/** The files of a CA. */
export interface CaPaths {
  readonly certificate: string
  readonly key: string
}

export interface SignAsked {
  readonly requests: readonly RequestFile[]
  readonly caOf: (name: CaName) => CaPaths
  /** True if the certificates of the CAs are put next to those that they signed. */
  readonly withCas: boolean
  readonly validityMs: number
  readonly nodeName?: string
  readonly force: boolean
}

/** Reads the flags and the requests. Throws USAGE, CONFIG_UNREADABLE. */
export function parseSign(named: readonly string[], options: SignOptions): SignAsked {
  const { nodeName, outDir, force = false } = options
  const caOf = readCas(options)
  const validityMs = readValidity(options.validityPeriod)
  if (nodeName !== undefined && (!isDnsName(nodeName) || nodeName.startsWith('*'))) {
    throw new KadmError('USAGE', `--node-name ${nodeName} is not a valid node name`)
  }
  const listed = named.flatMap(path => requestsAt(path))
  const chosen = readProfile(options.name, listed.length)
  const target = outDir === undefined ? undefined : ownDirectory('--out-dir', outDir)
  const requests = listed.map(path => toRequest(path, chosen ?? profileOfFile(path), target))
  const unknown = requests.flatMap(({ profile, path }): readonly Problem[] =>
    profile === undefined ? [{ file: path, message: 'is not the name of a request of kubeadm' }] : [],
  )
  if (unknown.length > 0) throw unknownNames(unknown)
  const known = requests.filter((request): request is RequestFile => request.profile !== undefined)
  refuseTwice(known)
  known.sort((a, b) => profiles.indexOf(a.profile) - profiles.indexOf(b.profile))
  const withCas = target !== undefined || named.some(isOwnDirectory)
  return { requests: known, caOf, withCas, validityMs, force, ...(nodeName === undefined ? {} : { nodeName }) }
}

function readCas({ certDir, caCert, caKey }: SignOptions): SignAsked['caOf'] {
  const single = [caCert, caKey].filter(path => path !== undefined && path !== '')
  const hint = 'name the directory of the CAs with --cert-dir, or one CA with --ca-cert and --ca-key'
  if (certDir !== undefined && certDir !== '') {
    if (single.length > 0) throw new KadmError('USAGE', '--cert-dir cannot be combined with --ca-cert and --ca-key')
    const dir = ownDirectory('--cert-dir', certDir)
    const bases: Readonly<Record<CaName, string>> = {
      ca: 'ca',
      'front-proxy-ca': 'front-proxy-ca',
      'etcd-ca': 'etcd/ca',
    }
    return name => ({ certificate: join(dir, `${bases[name]}.crt`), key: join(dir, `${bases[name]}.key`) })
  }
  if (caCert === undefined || caKey === undefined || single.length < 2) {
    throw new KadmError('USAGE', 'sign-csr needs the certificate and the key of a CA', { hint })
  }
  for (const [flag, path] of [
    ['--ca-cert', caCert],
    ['--ca-key', caKey],
  ] as const) {
    if (isOwnDirectory(path)) throw new KadmError('USAGE', `${flag} ${path} is a directory, not a file`, { hint })
  }
  return () => ({ certificate: ownPath(caCert), key: ownPath(caKey) })
}

function readValidity(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined && ms > 0) return ms
  throw new KadmError('USAGE', `--validity-period ${text} is not a valid certificate validity period`, {
    hint: 'use a positive duration, such as --validity-period 720h',
  })
}

function readProfile(name: string | undefined, count: number): Profile | undefined {
  if (name === undefined || name === '') return undefined
  const profile = profileNamed(name)
  if (profile === undefined)
    throw new KadmError('USAGE', `--name ${name} is not a certificate of a control plane`, { hint: nameHint })
  if (count > 1) throw new KadmError('USAGE', '--name applies to one request, but there are several')
  return profile
}

const nameHint = `use one of: ${profiles.map(({ name }) => name).join(', ')}`

/** Returns the file itself, or the requests below a directory. */
function requestsAt(named: string): readonly string[] {
  const path = ownPath(named)
  if (!isOwnDirectory(named)) return [path]
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.csr'))
    .sort()
    .map(file => join(path, file))
  if (found.length > 0) return found
  throw new KadmError('USAGE', `${named} has no certificate signing requests (*.csr)`, {
    hint: 'create them with `kadm certs generate-csr`',
  })
}

function toRequest(path: string, profile: Profile | undefined, target: string | undefined) {
  const text = readOwnText(path, 'sign-csr')
  const base = path.replace(/\.csr$/, '')
  const root =
    target ??
    (profile !== undefined && base.endsWith(`/${profile.base}`)
      ? base.slice(0, -profile.base.length - 1)
      : join(path, '..'))
  const certificate = target === undefined ? `${base}.crt` : join(target, `${profile?.base}.crt`)
  return { path, text, profile, root, certificate }
}

function refuseTwice(requests: readonly RequestFile[]): void {
  const second = requests.find(({ certificate }, i) => requests.findIndex(one => one.certificate === certificate) < i)
  if (second === undefined) return
  throw new KadmError('USAGE', `two requests would become ${second.certificate}`, {
    hint: 'sign the requests of one node at a time, each into its own directory with --out-dir',
  })
}

function unknownNames(problems: readonly Problem[]): KadmError {
  return new KadmError('USAGE', 'the purpose of a request is not known', {
    problems,
    hint: `rename it, such as apiserver.csr, etcd/server.csr or admin.conf.csr, or set --name; ${nameHint}`,
  })
}
