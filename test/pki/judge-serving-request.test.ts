import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { altNames, encodeAltNames } from '../../src/pki/alt-names.ts'
import { createSigningRequest } from '../../src/pki/create-request.ts'
import { type Asn1, decodeDer, der, encodeDer, tags } from '../../src/pki/der.ts'
import { extension, extensionOids, spkiOf } from '../../src/pki/extensions.ts'
import { judgeServingRequest, type KnownNode, type StoredRequest } from '../../src/pki/judge-serving-request.ts'
import { encodePem } from '../../src/pki/pem.ts'
import { signed } from '../../src/pki/signature.ts'

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const { privateKey: otherKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

const w1: KnownNode = {
  node: 'w1',
  names: new Set(['w1', 'w1.example.com', '10.0.0.11', 'fd00::11', '10.0.0.100']),
  refused: new Map([['10.0.0.100', 'is a name or an address of the API server']]),
}
const known = new Map([['w1', w1]])

interface Raw {
  readonly subject?: readonly (readonly [oid: string, value: string])[]
  readonly sans?: readonly string[]
  /** More items of the list of alternative names. */
  readonly moreNames?: readonly Asn1[]
  readonly extensions?: readonly Asn1[]
  readonly attributes?: readonly Asn1[]
  readonly signer?: KeyObject
}

const cn = '2.5.4.3'
const o = '2.5.4.10'
const subjectOf = (node: string) =>
  [
    [o, 'system:nodes'],
    [cn, `system:node:${node}`],
  ] as const

/** Builds a request from parts, also one that no kubelet makes. */
function raw({ subject = subjectOf('w1'), sans = ['w1', '10.0.0.11'], ...more }: Raw): string {
  const { moreNames = [], extensions = [], attributes = [], signer = key } = more
  const general = encodeAltNames(altNames(sans))
  const list = der.sequence(...((general.value as Asn1[]) ?? []), ...moreNames)
  const names = subject.map(([oid, value]) => der.setOf(der.sequence(der.oid(oid), der.string(tags.utf8, value))))
  const requested = der.sequence(
    der.oid('1.2.840.113549.1.9.14'),
    der.setOf(der.sequence(extension(extensionOids.subjectAltName, list), ...extensions)),
  )
  const spki = decodeDer(spkiOf(createPublicKey(key)))
  const body = der.sequence(der.integer(0n), der.sequence(...names), spki, der.tagged(0, requested, ...attributes))
  return encodePem('CERTIFICATE REQUEST', encodeDer(signed(body, encodeDer(body), signer)))
}

const fair: StoredRequest = {
  signer: 'kubernetes.io/kubelet-serving',
  user: 'system:node:w1',
  groups: ['system:nodes', 'system:authenticated'],
  usages: ['digital signature', 'server auth'],
  request: createSigningRequest({
    subject: { commonName: 'system:node:w1', organizations: ['system:nodes'] },
    sans: altNames(['w1', '10.0.0.11']),
    key,
  }),
}

describe('a serving certificate that a kubelet asks for', () => {
  it.each<[what: string, stored: Partial<StoredRequest>]>([
    ['the name and an address of its node', {}],
    ['a certificate for a key of RSA', { usages: ['key encipherment', 'digital signature', 'server auth'] }],
    ['an address of IPv6 in a long form', { request: raw({ sans: ['fd00:0:0:0:0:0:0:11'] }) }],
    ['a name in upper case', { request: raw({ sans: ['W1.Example.com'] }) }],
  ])('is approved when it asks for %s', (_, stored) => {
    expect(judgeServingRequest({ ...fair, ...stored }, known)).toMatchObject({ node: 'w1', reasons: [] })
  })

  it.each<[what: string, stored: Partial<StoredRequest>, reason: RegExp]>([
    ['another signer', { signer: 'kubernetes.io/kube-apiserver-client' }, /^its signer is .*apiserver-client, not/],
    ['a client signer', { signer: 'kubernetes.io/kube-apiserver-client-kubelet' }, /^its signer is/],
    ['a user as requester', { user: 'jane' }, /jane is not a node/],
    ['a service account as requester', { user: 'system:serviceaccount:kube-system:x' }, /is not a node/],
    ['a requester without a node name', { user: 'system:node:' }, /is not a node/],
    ['a requester outside of system:nodes', { groups: ['system:authenticated'] }, /not in the group system:nodes/],
    ['another node as requester', { user: 'system:node:w2' }, /not exactly O=system:nodes, CN=system:node:w2/],
    ['client auth in addition', { usages: [...fair.usages, 'client auth'] }, /asks for the usage "client auth"/],
    [
      'client auth instead',
      { usages: ['digital signature', 'client auth'] },
      /does not ask for the usage "server auth"/,
    ],
    ['cert sign', { usages: [...fair.usages, 'cert sign'] }, /the usage "cert sign"/],
    ['any use', { usages: ['any'] }, /the usage "any"/],
    ['no usages', { usages: [] }, /"digital signature"/],
    ['no request', { request: '' }, /one certificate request that can be read/],
    ['text that is not a request', { request: 'x' }, /one certificate request that can be read/],
    ['two requests', { request: fair.request + fair.request }, /one certificate request that can be read/],
    [
      'a request of another kind',
      { request: fair.request.replaceAll('CERTIFICATE REQ', 'NEW CERTIFICATE REQ') },
      /read/,
    ],
    ['a request cut off', { request: encodePem('CERTIFICATE REQUEST', Buffer.from('30820101', 'hex')) }, /read/],
    ['the key of another', { request: raw({ signer: otherKey }) }, /not signed with the key/],
    [
      'an organization of administrators',
      { request: raw({ subject: [[o, 'system:masters'], ...subjectOf('w1')] }) },
      /O=system:masters/,
    ],
    [
      'another organization',
      {
        request: raw({
          subject: [
            [o, 'x'],
            [cn, 'system:node:w1'],
          ],
        }),
      },
      /its subject is O=x/,
    ],
    [
      'no organization',
      { request: raw({ subject: [[cn, 'system:node:w1']] }) },
      /its subject is CN=system:node:w1, not/,
    ],
    ['the organization twice', { request: raw({ subject: [[o, 'system:nodes'], ...subjectOf('w1')] }) }, /its subject/],
    ['an organizational unit', { request: raw({ subject: [['2.5.4.11', 'x'], ...subjectOf('w1')] }) }, /OU=x/],
    [
      'two common names',
      { request: raw({ subject: [[cn, 'kube-apiserver'], ...subjectOf('w1')] }) },
      /CN=kube-apiserver/,
    ],
    [
      'the common name of the API server',
      {
        request: raw({
          subject: [
            [o, 'system:nodes'],
            [cn, 'kube-apiserver'],
          ],
        }),
      },
      /its subject/,
    ],
    ['an empty subject', { request: raw({ subject: [] }) }, /its subject is empty/],
    ['no names', { request: raw({ sans: [] }) }, /no DNS name and no address/],
    [
      'the name of another node',
      { request: raw({ sans: ['w1', 'w2'] }) },
      /w2, which is not a name or an address of w1/,
    ],
    ['an address of another host', { request: raw({ sans: ['10.0.0.12'] }) }, /asks for 10\.0\.0\.12/],
    ['the name of the API server', { request: raw({ sans: ['kubernetes.default.svc'] }) }, /kubernetes\.default\.svc/],
    ['a wildcard', { request: raw({ sans: ['*.example.com'] }) }, /\*\.example\.com/],
    ['a longer name', { request: raw({ sans: ['w1.example.com.attacker.org'] }) }, /attacker\.org/],
    ['a name with a zero byte', { request: raw({ sans: ['w1\0.attacker.org'] }) }, /attacker\.org/],
    [
      'an address written as a name',
      { request: raw({ sans: [], moreNames: [der.implicit(2, Buffer.from('10.0.0.12'))] }) },
      /10\.0\.0\.12/,
    ],
    [
      'an address that the host must not have',
      { request: raw({ sans: ['10.0.0.100'] }) },
      /10\.0\.0\.100, which is a name or an address of the API/,
    ],
    [
      'an address of three bytes',
      { request: raw({ moreNames: [der.implicit(7, Uint8Array.of(1, 2, 3))] }) },
      /can be read/,
    ],
    [
      'an e-mail address',
      { request: raw({ moreNames: [der.implicit(1, Buffer.from('a@b'))] }) },
      /neither DNS names nor addresses/,
    ],
    [
      'a URI',
      { request: raw({ moreNames: [der.implicit(6, Buffer.from('spiffe://x'))] }) },
      /neither DNS names nor addresses/,
    ],
    [
      'a directory name',
      { request: raw({ moreNames: [der.tagged(4, der.sequence())] }) },
      /neither DNS names nor addresses/,
    ],
    [
      'the extension of a CA',
      {
        request: raw({
          extensions: [extension(extensionOids.basicConstraints, der.sequence(der.boolean(true)), true)],
        }),
      },
      /extension 2\.5\.29\.19/,
    ],
    [
      'an extended key usage',
      {
        request: raw({
          extensions: [extension(extensionOids.extendedKeyUsage, der.sequence(der.oid('1.3.6.1.5.5.7.3.2')))],
        }),
      },
      /extension 2\.5\.29\.37/,
    ],
    [
      'a second list of names',
      { request: raw({ extensions: [extension(extensionOids.subjectAltName, encodeAltNames(altNames(['w1'])))] }) },
      /several lists/,
    ],
    [
      'names in a second attribute',
      {
        request: raw({
          attributes: [
            der.sequence(
              der.oid('1.2.840.113549.1.9.14'),
              der.setOf(der.sequence(extension(extensionOids.subjectAltName, encodeAltNames(altNames(['evil']))))),
            ),
          ],
        }),
      },
      /evil|several lists/,
    ],
    [
      'a challenge password',
      {
        request: raw({
          attributes: [der.sequence(der.oid('1.2.840.113549.1.9.7'), der.setOf(der.string(tags.utf8, 'x')))],
        }),
      },
      /the attribute 1\.2\.840\.113549\.1\.9\.7/,
    ],
  ])('is refused with the reason when it has %s', (_, stored, reason) => {
    const { reasons } = judgeServingRequest({ ...fair, ...stored }, known)
    expect(reasons.join('\n')).toMatch(reason)
  })

  it('is refused for a node whose names are not known', () => {
    expect(judgeServingRequest(fair, new Map()).reasons).toEqual([
      'the names and addresses of w1 are not known: give its host with --host, or --san',
    ])
  })
})
