import { generateKeyPairSync } from 'node:crypto'
import { der, encodeDer } from '../../src/pki/der.ts'
import { extension } from '../../src/pki/extensions.ts'
import {
  attribute,
  basicConstraints,
  clientAuth,
  dns,
  ecKey,
  extendedKeyUsage,
  hostileRequest,
  keyUsage,
  names,
  requested,
  serverAuth,
  subject,
} from './hostile-request.ts'

const rsa = (modulusLength: number, publicExponent = 65537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey
export const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const rsaSha256 = '1.2.840.113549.1.1.11'
export const good = names(dns('kubernetes.default.svc'))
export const cn = (commonName: string, ...organizations: readonly string[]) => subject({ commonName, organizations })
const compressed = () => {
  const { x = '', y = '' } = ecKey.export({ format: 'jwk' })
  const odd = (Buffer.from(y, 'base64url').at(-1) ?? 0) % 2
  const point = Buffer.concat([Buffer.of(2 + odd), Buffer.from(x, 'base64url')])
  return der.sequence(der.sequence(der.oid('1.2.840.10045.2.1'), der.oid('1.2.840.10045.3.1.7')), der.bits(point))
}

type Row = readonly [what: string, pem: () => string, fault: RegExp, profile?: string]

const rows: readonly Row[] = [
  [
    'has two attributes with extensions',
    () => hostileRequest({ attributes: [requested(good), requested(basicConstraints())] }),
    /several lists/,
  ],
  ['asks to be a CA', () => hostileRequest({ extensions: [good, basicConstraints(der.boolean(true))] }), /CA:TRUE/],
  [
    'asks for a path length',
    () => hostileRequest({ extensions: [good, basicConstraints(der.boolean(false), der.integer(0n))] }),
    /path length/,
  ],
  [
    'has basic constraints of another type',
    () => hostileRequest({ extensions: [good, extension('2.5.29.19', der.integer(1n))] }),
    /2\.5\.29\.19 with a value that cannot be read/,
  ],
  ['asks to sign certificates', () => hostileRequest({ extensions: [good, keyUsage(0x04)] }), /keyCertSign/],
  ['asks to sign CRLs', () => hostileRequest({ extensions: [good, keyUsage(0xa2)] }), /cRLSign/],
  ['asks for nonRepudiation', () => hostileRequest({ extensions: [good, keyUsage(0xe0)] }), /nonRepudiation/],
  ['asks for decipherOnly', () => hostileRequest({ extensions: [good, keyUsage(0xa0, 0x80)] }), /decipherOnly/],
  [
    'is for a server and asks for clientAuth',
    () => hostileRequest({ extensions: [good, extendedKeyUsage(serverAuth, clientAuth)] }),
    /usages clientAuth/,
  ],
  [
    'asks for any extended key usage',
    () => hostileRequest({ extensions: [good, extendedKeyUsage('2.5.29.37.0')] }),
    /2\.5\.29\.37\.0/,
  ],
  [
    'asks for name constraints',
    () => hostileRequest({ extensions: [good, extension('2.5.29.30', der.sequence())] }),
    /extension 2\.5\.29\.30/,
  ],
  [
    'asks for a subject key identifier',
    () => hostileRequest({ extensions: [good, extension('2.5.29.14', der.octets(Buffer.of(1)))] }),
    /extension 2\.5\.29\.14/,
  ],
  [
    'asks for an unknown extension',
    () => hostileRequest({ extensions: [good, extension('1.2.3.4', der.null())] }),
    /extension 1\.2\.3\.4/,
  ],
  ['has two lists of names', () => hostileRequest({ extensions: [good, names(dns('evil'))] }), /2\.5\.29\.17 twice/],
  [
    'has two basic constraints',
    () => hostileRequest({ extensions: [good, basicConstraints(), basicConstraints()] }),
    /twice/,
  ],
  [
    'has a challenge password',
    () => hostileRequest({ attributes: [requested(good), attribute('1.2.840.113549.1.9.7', 'x')] }),
    /challengePassword/,
  ],
  [
    'hides extensions in the attribute of Microsoft',
    () => hostileRequest({ attributes: [requested(good), attribute('1.3.6.1.4.1.311.2.1.14', 'x')] }),
    /Microsoft/,
  ],
  [
    'has the subject of an administrator',
    () => hostileRequest({ subject: cn('kubernetes-admin', 'system:masters') }),
    /O=system:masters/,
  ],
  [
    'adds a group to the subject',
    () => hostileRequest({ subject: cn('kube-apiserver', 'system:masters') }),
    /O=system:masters/,
  ],
  [
    'has two common names',
    () =>
      hostileRequest({
        subject: der.sequence(
          ...['kube-apiserver', 'admin'].map(one => der.setOf(der.sequence(der.oid('2.5.4.3'), der.string(12, one)))),
        ),
      }),
    /CN=admin, CN=kube-apiserver/,
  ],
  [
    'has an organizational unit',
    () =>
      hostileRequest({
        subject: der.sequence(
          der.setOf(der.sequence(der.oid('2.5.4.11'), der.string(12, 'x'))),
          der.setOf(der.sequence(der.oid('2.5.4.3'), der.string(12, 'kube-apiserver'))),
        ),
      }),
    /OU=x/,
  ],
  ['has an empty subject', () => hostileRequest({ subject: der.sequence() }), /\(empty\)/],
  ['has a common name with a NUL byte', () => hostileRequest({ subject: cn('kube-apiserver\0x') }), /\\u0000/],
  [
    'is for another node than its name says',
    () => hostileRequest({ subject: cn('system:node:', 'system:nodes'), extensions: [] }),
    /system:node:NODE/,
    'kubelet.conf',
  ],
  ['is for etcd and names a user', () => hostileRequest({ subject: cn('system:masters') }), /CN=NODE/, 'etcd-server'],
  [
    'is for a client and has names',
    () => hostileRequest({ subject: cn('front-proxy-client') }),
    /client certificate does not have/,
    'front-proxy-client',
  ],
  ['is for a server and has no names', () => hostileRequest({ attributes: [] }), /no subject alternative names/],
  ['has an empty list of names', () => hostileRequest({ extensions: [names()] }), /cannot be read/],
  [
    'has names that are not a list',
    () => hostileRequest({ extensions: [extension('2.5.29.17', der.null())] }),
    /cannot be read/,
  ],
  [
    'has a DNS name with a NUL byte',
    () => hostileRequest({ extensions: [names(dns('kubernetes\0.evil'))] }),
    /"kubernetes\\u0000\.evil"/,
  ],
  ['has a DNS name with a space', () => hostileRequest({ extensions: [names(dns('a b'))] }), /DNS name "a b"/],
  ['has a DNS name in Latin-1', () => hostileRequest({ extensions: [names(dns('münchen'))] }), /münchen/],
  ['has an empty DNS name', () => hostileRequest({ extensions: [names(dns(''))] }), /DNS name ""/],
  [
    'has a wildcard in the middle of a DNS name',
    () => hostileRequest({ extensions: [names(dns('a.*.b'))] }),
    /DNS name "a\.\*\.b"/,
  ],
  ['has only a wildcard as DNS name', () => hostileRequest({ extensions: [names(dns('*'))] }), /DNS name "\*"/],
  ['has a DNS label of 64 characters', () => hostileRequest({ extensions: [names(dns('a'.repeat(64)))] }), /not valid/],
  [
    'has an email address',
    () => hostileRequest({ extensions: [names(der.implicit(1, Buffer.from('a@b')))] }),
    /kind email/,
  ],
  ['has a URI', () => hostileRequest({ extensions: [names(der.implicit(6, Buffer.from('spiffe://x')))] }), /kind URI/],
  ['has another name', () => hostileRequest({ extensions: [names(der.tagged(0, der.null()))] }), /kind otherName/],
  [
    'has an IP address of five bytes',
    () => hostileRequest({ extensions: [names(der.implicit(7, Buffer.alloc(5)))] }),
    /IP address of 5 bytes/,
  ],
  [
    'has an IP address with a mask',
    () => hostileRequest({ extensions: [names(der.implicit(7, Buffer.alloc(8)))] }),
    /IP address of 8 bytes/,
  ],
  ['has an RSA key of 1024 bits', () => hostileRequest({ key: rsa(1024), algorithm: rsaSha256 }), /1024 bits/],
  [
    'has an RSA key with the exponent 3',
    () => hostileRequest({ key: rsa(2048, 3), algorithm: rsaSha256 }),
    /exponent 3/,
  ],
  ['has a key on the curve P-224', () => hostileRequest({ key: curve('secp224r1') }), /secp224r1/],
  ['has a key on the curve of Bitcoin', () => hostileRequest({ key: curve('secp256k1') }), /secp256k1/],
  ['has a compressed point', () => hostileRequest({ spki: encodeDer(compressed()) }), /compressed point/],
  [
    'is signed by another key',
    () => hostileRequest({ signer: curve('prime256v1') }),
    /not signed with the private key/,
  ],
  ['is signed with SHA-1', () => hostileRequest({ hash: 'sha1', algorithm: '1.2.840.10045.4.1' }), /SHA-1/],
  [
    'is signed with MD5',
    () => hostileRequest({ key: rsa(2048), hash: 'md5', algorithm: '1.2.840.113549.1.1.4' }),
    /MD5/,
  ],
  [
    'names another hash than it is signed with',
    () => hostileRequest({ hash: 'sha384' }),
    /not signed with the private key/,
  ],
  [
    'names an RSA signature and has an EC key',
    () => hostileRequest({ algorithm: rsaSha256 }),
    /not signed with the private key/,
  ],
]

/** Requests that a CA must not sign, each with the fault that is reported and the profile that it is judged by. */
export const hostileRequests = rows.map(([what, pem, fault, profile = 'apiserver']) => ({ what, pem, fault, profile }))
