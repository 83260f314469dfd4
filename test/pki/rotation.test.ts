import { beforeAll, describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { type CaPair, goalOf } from '../../src/cluster/rotation.ts'
import { withTrustedCas } from '../../src/pki/ca-bundle.ts'
import { type Certificate, parseCertificate } from '../../src/pki/certificate.ts'
import { type CaOnHost, newCa, type RotationCommand, rotationState, stepsOf } from '../../src/pki/rotation.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { quickCluster } from '../phases/run-phase.ts'

let pair: CaPair
let old: Certificate
let added: Certificate

beforeAll(async () => {
  const input = { cluster: quickCluster(), node: makeNode(), algorithm: 'ECDSA-P256', startedAt: new Date() } as const
  pair = { old: await newCa('ca', input), new: await newCa('ca', input) }
  old = parseCertificate(pair.old.certificate)
  added = parseCertificate(pair.new.certificate)
})

/** A host by its signer, what its files trust, and who signed its certificate: `o` the old CA, `n` the new one. */
function hostOf(signer: string, trusts: string): CaOnHost {
  const one = (letter: string) => (letter === 'o' ? old : added)
  return {
    host: 'cp',
    pair,
    ...(signer === '-' ? {} : { signer: one(signer) }),
    trusts: new Map([['ca.crt', [...trusts].map(one)]]),
    leaves: new Map(),
  }
}

describe('the state of a rotation', () => {
  it.each([
    ['preparing', [['o', 'o']]],
    [
      'preparing',
      [
        ['o', 'on'],
        ['o', 'o'],
      ],
    ],
    [
      'preparing',
      [
        ['o', 'on'],
        ['-', 'o'],
      ],
    ],
    [
      'prepared',
      [
        ['o', 'on'],
        ['-', 'on'],
      ],
    ],
    [
      'reissuing',
      [
        ['n', 'no'],
        ['o', 'on'],
      ],
    ],
    [
      'reissued',
      [
        ['n', 'no'],
        ['n', 'no'],
        ['-', 'no'],
      ],
    ],
    [
      'distrusting',
      [
        ['n', 'n'],
        ['n', 'no'],
      ],
    ],
    [
      'distrusting',
      [
        ['n', 'no'],
        ['-', 'n'],
      ],
    ],
  ] as const)('is %s with hosts that sign and trust %j', (state, hosts) => {
    expect(
      rotationState(
        hosts.map(([signer, trusts]) => hostOf(signer, trusts)),
        pair,
      ),
    ).toBe(state)
  })

  it('is none without the two CAs on a host', () => {
    expect(rotationState([hostOf('o', 'o')], undefined)).toBe('none')
  })
})

describe('the steps of a command', () => {
  it.each([
    ['prepare', 'reissued'],
    ['prepare', 'distrusting'],
    ['reissue', 'none'],
    ['reissue', 'preparing'],
    ['reissue', 'distrusting'],
    ['distrust', 'none'],
    ['distrust', 'prepared'],
    ['distrust', 'reissuing'],
    ['rollback', 'none'],
    ['rollback', 'distrusting'],
  ] as const)('%s is not possible while the rotation is %s', (command, state) => {
    expect(stepsOf(command, state)).toBeUndefined()
  })

  it.each([
    ['reissue', 'prepared', 'prepare reissue'],
    ['reissue', 'reissuing', 'reissue'],
    ['distrust', 'reissued', 'reissue distrust'],
    ['rollback', 'preparing', 'undo'],
    ['rollback', 'reissuing', 'prepare undo'],
    ['all', 'none', 'prepare reissue distrust'],
    ['all', 'distrusting', 'distrust'],
  ] as const)('%s while the rotation is %s takes: %s', (command: RotationCommand, state, steps) => {
    expect(stepsOf(command, state)?.join(' ')).toBe(steps)
  })
})

describe('the caBundle of an object', () => {
  const bundle = (...cas: readonly Certificate[]) => Buffer.from(cas.map(({ pem }) => pem).join('')).toString('base64')
  const webhook = (caBundle: string): KubeObject => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'w' },
    webhooks: [{ name: 'a.example', clientConfig: { caBundle } }],
  })

  it('holds both CAs after prepare, and only the new one after distrust', () => {
    const prepared = withTrustedCas(webhook(bundle(old)), goalOf('ca', 'prepare', pair))
    expect(prepared).toEqual(webhook(bundle(old, added)))
    expect(withTrustedCas(webhook(bundle(old, added)), goalOf('ca', 'reissue', pair))).toBeUndefined()
    expect(withTrustedCas(webhook(bundle(old, added)), goalOf('ca', 'distrust', pair))).toEqual(webhook(bundle(added)))
  })

  it.each(['', 'bm90IGEgY2VydGlmaWNhdGU='])('stays if it holds no CA of the rotation: "%s"', text => {
    expect(withTrustedCas(webhook(text), goalOf('ca', 'prepare', pair))).toBeUndefined()
  })
})
