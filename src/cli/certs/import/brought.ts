import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BroughtCa, BroughtCertificate } from '../../../cluster/csr-request.ts'
import { given } from '../../../cluster/given.ts'
import { type Secret, secret } from '../../../cluster/secret.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { parseKubeconfig } from '../../../pki/kubeconfig.ts'
import { caOfFile, type Profile, profileOfFile } from '../../../pki/profile.ts'
import { ownPath } from '../../named-paths.ts'
import { readOwnText } from '../../options.ts'
import { isOwnDirectory } from '../own-directory.ts'

interface Brought {
  readonly certificates: readonly BroughtCertificate[]
  readonly cas: readonly BroughtCa[]
}

/** Reads certificates, with the keys and kubeconfigs next to them. Throws USAGE, CONFIG_UNREADABLE. */
export function readBrought(named: readonly string[]): Brought {
  const files = [...new Set(named.flatMap(filesAt))]
  const cas = files.flatMap(readCa)
  const read = files.filter(path => caOfFile(path) === undefined).map(readCertificate)
  // A kubeconfig that was completed holds the same certificate as the file next to it.
  const certificates = read.filter(
    ({ name, from }) =>
      !from.endsWith('.conf') || !read.some(other => other.name === name && other.from === `${from}.crt`),
  )
  for (const list of [certificates, cas]) refuseTwice(list)
  if (certificates.length + cas.length > 0) return { certificates, cas }
  throw new KadmError('USAGE', `${named.join(', ')}: there are no certificates`, {
    hint: 'sign the requests with `kadm certs sign-csr`',
  })
}

/** Returns the file itself, or the certificates and complete kubeconfigs below a directory. */
function filesAt(named: string): readonly string[] {
  const path = ownPath(named)
  if (!isOwnDirectory(named)) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.crt') || (file.endsWith('.conf') && profileOfFile(file) !== undefined))
    .sort()
    .map(file => join(path, file))
    .filter(
      file => !file.endsWith('.conf') || credentialsIn(readOwnText(file, 'import'), file).certificate !== undefined,
    )
}

function readCa(from: string): readonly BroughtCa[] {
  const name = caOfFile(from)
  return name === undefined ? [] : [{ name, from, pem: readOwnText(from, 'import') }]
}

function readCertificate(from: string): BroughtCertificate {
  const text = readOwnText(from, 'import')
  const profile = profileOfFile(from)
  if (profile === undefined) {
    throw new KadmError('USAGE', `${from} is not the name of a certificate of kubeadm`, {
      hint: 'rename it, such as apiserver.crt, etcd/server.crt or admin.conf.crt',
    })
  }
  return profile.kind === 'pair' ? readPair(from, profile, text) : readKubeconfig(from, profile, text)
}

function readPair(from: string, { name }: Profile, pem: string): BroughtCertificate {
  const keyPath = from.replace(/\.crt$/, '.key')
  const key = keyPath !== from && existsSync(keyPath) ? secret(readOwnText(keyPath, 'import')) : undefined
  return { name, from, pem, ...given({ key }) }
}

function readKubeconfig(from: string, { name }: Profile, own: string): BroughtCertificate {
  const path = from.replace(/\.crt$/, '')
  const text = existsSync(path) ? readOwnText(path, 'import') : undefined
  const { certificate, key } = text === undefined ? {} : credentialsIn(text, path)
  const pem = path === from ? certificate : own
  if (pem === undefined) {
    throw new KadmError('USAGE', `${from} holds no client certificate`, {
      hint: 'sign its request with `kadm certs sign-csr`',
    })
  }
  return { name, from, pem, ...given({ key, kubeconfig: text === undefined ? undefined : secret(text) }) }
}

function credentialsIn(text: string, path: string): { readonly certificate?: string; readonly key?: Secret } {
  const { clientCertPem, clientKeyPem } = parseKubeconfig(text, path)
  return given({ certificate: clientCertPem, key: clientKeyPem })
}

function refuseTwice(list: readonly { readonly name: string; readonly from: string }[]): void {
  const second = list.find(({ name }, i) => list.findIndex(one => one.name === name) < i)
  const first = list.find(({ name }) => name === second?.name)
  if (first === undefined || second === undefined) return
  throw new KadmError('USAGE', `${first.from} and ${second.from} are both for ${second.name}`, {
    hint: 'name the directory of one host',
  })
}
