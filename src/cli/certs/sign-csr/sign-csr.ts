import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaName } from '../../../cluster/node-files.ts'
import { isKadmError, KadmError, type Problem } from '../../../errors/kadm-error.ts'
import { certSpec } from '../../../pki/cert-table.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import type { Issuer } from '../../../pki/issue.ts'
import { issueRequested } from '../../../pki/issue-from-table.ts'
import { parsePrivateKey } from '../../../pki/keys.ts'
import { parseKubeconfig } from '../../../pki/kubeconfig.ts'
import { embedCredentials } from '../../../pki/kubeconfig-edit.ts'
import { parseRequest } from '../../../pki/read-request.ts'
import { judgeRequest } from '../../../pki/request-faults.ts'
import { matchesKey } from '../../../pki/verify.ts'
import { presentResult } from '../../../ui/present-result.ts'
import { warn } from '../../run/report.ts'
import { writeOwn } from '../../write-own.ts'
import { readLocalCa } from './local-ca.ts'
import { parseSign, type RequestFile, type SignAsked, type SignOptions } from './parse.ts'
import { type SignedRequest, signResult, signText, signWarnings } from './result.ts'

/** `kadm certs sign-csr`: signs requests with a CA on the host that kadm runs on. Writes nothing if one is refused. */
export async function runSignCsr(named: readonly string[], options: SignOptions): Promise<number> {
  const startedAt = new Date()
  const asked = parseSign(named, options)
  const cas = readCas(asked, startedAt)
  refuseExisting(asked)
  const signed = signAll(asked, cas, startedAt)
  const copies = asked.withCas ? caCopies(asked, cas) : []
  for (const { path, text, mode } of [...signed.flatMap(filesOf), ...copies]) writeOwn(path, text, mode)
  const warnings = signWarnings(signed, asked.validityMs, startedAt)
  warn(warnings)
  const result = signResult(
    signed,
    copies.map(({ path }) => path),
    warnings,
  )
  process.stdout.write(presentResult(result, options.output, signText))
  return 0
}

type Cas = ReadonlyMap<CaName, Issuer>

function readCas({ requests, caOf }: SignAsked, now: Date): Cas {
  const names = [...new Set(requests.map(({ profile }) => profile.signedBy))]
  return new Map(names.map(name => [name, readLocalCa(caOf(name), now)]))
}

/** Signs all requests. Throws CERT_INVALID with all faults of all requests. */
function signAll(asked: SignAsked, cas: Cas, startedAt: Date): readonly SignedRequest[] {
  const problems: Problem[] = []
  const signed = asked.requests.flatMap(request => {
    const issuer = cas.get(request.profile.signedBy)
    if (issuer === undefined) return []
    const { certificate, faults } = signOne(request, asked, issuer, startedAt)
    problems.push(...faults.map(message => ({ file: request.path, message })))
    if (certificate === undefined) return []
    const kubeconfig = completed(request, certificate, issuer.certificate)
    return [{ request, certificate, issuer: issuer.certificate, ...(kubeconfig === undefined ? {} : { kubeconfig }) }]
  })
  if (problems.length === 0) return signed
  const count = new Set(problems.map(({ file }) => file)).size
  throw new KadmError('CERT_INVALID', `${count} of ${asked.requests.length} requests cannot be signed`, {
    problems,
    hint: 'correct the requests, or create them again with `kadm certs generate-csr`; nothing was signed',
  })
}

function signOne(
  { path, text, profile }: RequestFile,
  { validityMs, nodeName }: SignAsked,
  issuer: Issuer,
  startedAt: Date,
): { readonly certificate?: Certificate; readonly faults: readonly string[] } {
  try {
    const limits = { ca: issuer.certificate.publicKey, ...(nodeName === undefined ? {} : { nodeName }) }
    const judged = judgeRequest(parseRequest(text, path), profile, limits)
    if ('faults' in judged) return judged
    return { certificate: issueRequested(judged.accepted, profile, { issuer, startedAt, validityMs }), faults: [] }
  } catch (error) {
    if (!isKadmError(error, 'CERT_INVALID')) throw error
    return { faults: [error.message.replace(`${path} `, '')] }
  }
}

/** Returns the kubeconfig next to its request with the certificate in it, if it holds the key and is incomplete. */
function completed({ path, profile }: RequestFile, certificate: Certificate, ca: Certificate) {
  const file = path.replace(/\.csr$/, '')
  if (profile.kind !== 'kubeconfig' || file === path || !existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const { clientKeyPem, clientCertPem } = parseKubeconfig(text, file)
  if (clientKeyPem === undefined || clientCertPem !== undefined) return undefined
  if (!matchesKey(certificate, parsePrivateKey(clientKeyPem.reveal(), file))) return undefined
  const embedded = { caPem: ca.pem, certificatePem: certificate.pem, keyPem: clientKeyPem }
  return { path: file, content: embedCredentials(text, embedded, file) }
}

function refuseExisting({ requests, force }: SignAsked): void {
  const existing = requests.filter(({ certificate }) => existsSync(certificate))
  if (force || existing.length === 0) return
  throw new KadmError('USAGE', 'certificates exist already', {
    problems: existing.map(({ certificate }) => ({ file: certificate, message: 'exists' })),
    hint: 'use another directory with --out-dir, or --force to replace them',
  })
}

interface OwnFile {
  readonly path: string
  readonly text: string
  readonly mode: number
}

function filesOf({ request, certificate, kubeconfig }: SignedRequest): readonly OwnFile[] {
  const file = { path: request.certificate, text: certificate.pem, mode: 0o644 }
  if (kubeconfig === undefined) return [file]
  return [file, { path: kubeconfig.path, text: kubeconfig.content.reveal(), mode: 0o600 }]
}

/** The certificates of the CAs, for `certs import`. An existing file stays. */
function caCopies({ requests }: SignAsked, cas: Cas): readonly OwnFile[] {
  return [...cas].flatMap(([name, { certificate }]) => {
    const signed = requests.filter(({ profile }) => profile.signedBy === name)
    const root = (signed.find(({ profile }) => profile.kind === 'pair') ?? signed[0])?.root ?? '.'
    const path = join(root, `${certSpec(name).base}.crt`)
    return existsSync(path) ? [] : [{ path, text: certificate.pem, mode: 0o644 }]
  })
}
