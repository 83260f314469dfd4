import type { KeyObject } from 'node:crypto'
import type { AltNames } from './alt-names.ts'
import { spkiOf } from './extensions.ts'
import { algorithmOf } from './keys.ts'
import type { Profile } from './profile.ts'
import { isStrongSignature, type ParsedRequest } from './read-request.ts'
import { extensionFaults, isDnsName, requestedNames } from './requested-extensions.ts'
import { subjectFault } from './subject-fault.ts'

/** What is signed of a request. Everything else comes from the profile. */
export interface AcceptedRequest {
  readonly subject: ReturnType<Profile['subject']>
  readonly sans: AltNames
  readonly publicKey: KeyObject
}

export type JudgedRequest = { readonly accepted: AcceptedRequest } | { readonly faults: readonly string[] }

export interface RequestLimits {
  /** The node that the certificates are for; any node if absent. */
  readonly nodeName?: string
  /** The public key of the CA, which must not become the key of another certificate. */
  readonly ca?: KeyObject
}

/** Compares a request with a profile. Returns all faults, as clauses that follow the name of the request. */
export function judgeRequest(request: ParsedRequest, profile: Profile, limits: RequestLimits = {}): JudgedRequest {
  const { faults: nameFaults, sans } = requestedNames(request.extensions, profile)
  const subject = wantedSubject(request, profile, limits)
  const faults = [
    ...signatureFaults(request),
    ...keyFaults(request),
    ...(limits.ca !== undefined && spkiOf(limits.ca).equals(spkiOf(request.publicKey))
      ? ['has the public key of the CA']
      : []),
    ...subjectFaults(request, subject),
    ...(request.extensionLists > 1 ? ['has several lists of extensions'] : []),
    ...nameFaults,
    ...extensionFaults(request.extensions, profile),
    ...request.otherAttributes.map(oid => `has the attribute ${attributeNames[oid] ?? oid}`),
  ]
  return faults.length > 0 ? { faults } : { accepted: { subject, sans, publicKey: request.publicKey } }
}

function signatureFaults({ signatureAlgorithm, signatureValid }: ParsedRequest): readonly string[] {
  if (!isStrongSignature(signatureAlgorithm)) {
    return [`is signed with ${weakNames[signatureAlgorithm] ?? signatureAlgorithm}, not with RSA or ECDSA and SHA-2`]
  }
  return signatureValid ? [] : ['was not signed with the private key that belongs to it']
}

const weakNames: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5',
  '1.2.840.113549.1.1.5': 'SHA-1',
  '1.2.840.10045.4.1': 'SHA-1',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
}

const attributeNames: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.9.7': 'challengePassword',
  '1.2.840.113549.1.9.2': 'unstructuredName',
  '1.3.6.1.4.1.311.2.1.14': 'extensionRequest of Microsoft',
}

const ecKey = '1.2.840.10045.2.1'
const strongCurves = ['1.2.840.10045.3.1.7', '1.3.132.0.34', '1.3.132.0.35']
const uncompressed = 4

/** Go accepts up to 8192 bits of RSA in TLS, exponents below 2^31, named curves and uncompressed points. */
function keyFaults({ publicKey, keyAlgorithm: [algorithm, curve = ''], keyBits }: ParsedRequest): readonly string[] {
  const { modulusLength = 0, publicExponent = 0n } = publicKey.asymmetricKeyDetails ?? {}
  if (publicKey.asymmetricKeyType === 'rsa') {
    const size = modulusLength < 2048 || modulusLength > 8192 ? [`has a key of ${modulusLength} bits`] : []
    const bad = publicExponent < 65537n || publicExponent >= 2n ** 31n || publicExponent % 2n === 0n
    return [...size, ...(bad ? [`has an RSA key with the exponent ${publicExponent}`] : [])]
  }
  if (algorithm !== ecKey) return [`has a key of the kind ${publicKey.asymmetricKeyType}, not RSA or ECDSA`]
  if (!strongCurves.includes(curve)) return [`has a key on the curve ${algorithmOf(publicKey)}`]
  return keyBits[0] === uncompressed ? [] : ['has an EC key with a compressed point']
}

/** The subject of the profile, for the node that the request names. */
function wantedSubject({ subject }: ParsedRequest, profile: Profile, { nodeName }: RequestLimits) {
  const commonName = subject.find(({ oid }) => oid === '2.5.4.3')?.value ?? ''
  return profile.subject(nodeName ?? nodeNameIn(commonName))
}

function nodeNameIn(commonName: string): string {
  const name = commonName.replace(/^system:node:/, '')
  return isDnsName(name) && !name.startsWith('*') ? name : 'NODE'
}

function subjectFaults({ subject }: ParsedRequest, wanted: AcceptedRequest['subject']): readonly string[] {
  const fault = subjectFault(subject, wanted)
  return fault === undefined ? [] : [fault]
}
