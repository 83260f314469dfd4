import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { saGoalOf } from '../../src/cluster/sa-rotation.ts'
import {
  keyIdOfToken,
  saPairOfHosts,
  type SaCommand,
  type SaOnHost,
  type SaState,
  saKeyOf,
  saStateOf,
  saStepOf,
  signedToken,
} from '../../src/pki/sa-rotation.ts'

const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const [oldKey, newKey, otherKey] = [ec(), ec(), ec()]
const pair = { old: saKeyOf(oldKey), new: saKeyOf(newKey) }
const [o, n, x] = [pair.old.id, pair.new.id, saKeyOf(otherKey).id]

/** `cp1` signs with a key and trusts others; `kept` has the keys of the rotation. */
const on = (host: string, signer: string, trusted: readonly string[], kept = true): SaOnHost => ({
  host,
  signer,
  trusted,
  ...(kept ? { pair } : {}),
})

describe('a rotation of the service account keys', () => {
  it.each<[state: SaState, hosts: readonly SaOnHost[]]>([
    ['none', [on('cp1', o, [o], false), on('cp2', o, [o], false)]],
    ['preparing', [on('cp1', o, [o, n]), on('cp2', o, [o], false)]],
    ['preparing', [on('cp1', o, [o]), on('cp2', o, [o], false)]],
    ['preparing', [on('cp1', o, [o, n]), on('cp2', o, [o, n], false)]],
    ['prepared', [on('cp1', o, [o, n]), on('cp2', o, [o, n])]],
    ['switching', [on('cp1', n, [n, o]), on('cp2', o, [o, n])]],
    ['switched', [on('cp1', n, [n, o]), on('cp2', n, [n, o])]],
    ['switched', [on('cp1', n, [n, o]), on('cp2', n, [n, o], false)]],
    ['finishing', [on('cp1', n, [n]), on('cp2', n, [n, o])]],
    ['finishing', [on('cp1', n, [n], false), on('cp2', n, [n])]],
  ])('is in the state %s, whatever run left these files', (state, hosts) => {
    expect(saStateOf(hosts, saPairOfHosts(hosts))).toBe(state)
  })

  it.each<[command: SaCommand, steps: readonly (string | undefined)[]]>([
    ['prepare', ['prepare', 'prepare', 'prepare', undefined, undefined, undefined]],
    ['switch', [undefined, undefined, 'switch', 'switch', 'switch', undefined]],
    ['finish', [undefined, undefined, undefined, undefined, 'finish', 'finish']],
    ['rollback', [undefined, 'unprepare', 'unprepare', 'unswitch', 'unswitch', undefined]],
  ])('%s is possible only where it fits', (command, steps) => {
    const states: readonly SaState[] = ['none', 'preparing', 'prepared', 'switching', 'switched', 'finishing']
    expect(states.map(state => saStepOf(command, state))).toEqual(steps)
  })

  it.each([[[on('cp1', o, [o], false), on('cp2', x, [x], false)]], [[on('cp1', o, [o, n]), on('cp2', x, [o, n])]]])(
    'fails for control planes that sign with keys of their own',
    hosts => {
      expect(() => saStateOf(hosts, saPairOfHosts(hosts))).toThrow('sa.key on cp2 is not the key of the other')
    },
  )

  it('fails when two hosts hold the keys of different rotations', () => {
    const other = { ...on('cp2', o, [o, x]), pair: { old: pair.old, new: saKeyOf(otherKey) } }
    expect(() => saPairOfHosts([on('cp1', o, [o, n]), other])).toThrow(
      'cp1 and cp2 hold the keys of different rotations',
    )
  })

  it('trusts the key that signs first, as kubeadm expects it', () => {
    for (const step of ['prepare', 'switch', 'finish', 'unswitch', 'unprepare'] as const) {
      const { signer, trusted } = saGoalOf(step, pair)
      expect(trusted[0]).toBe(signer)
    }
  })
})

describe('a token of a service account', () => {
  const tokenOf = (key: KeyObject, alg: string, header: object = { kid: 'some-id' }) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({ alg, ...header })}.${part({ sub: 'x' })}`
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
    return `${text}.${signature.toString('base64url')}`
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

  it.each([
    ['ES256', oldKey],
    ['RS256', rsa],
  ])('signedToken finds the key of a token with %s by its signature', (alg, key) => {
    expect(signedToken(tokenOf(key, alg), saKeyOf(key))).toBe(true)
    expect(signedToken(tokenOf(key, alg), saKeyOf(alg === 'RS256' ? oldKey : newKey))).toBe(false)
  })

  it.each(['', 'x', 'a.b.c', 'e30.e30.', `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.x`])(
    'signedToken is false for %j, which is not a signed token',
    text => {
      expect(signedToken(text, pair.old)).toBe(false)
      expect(keyIdOfToken(text)).toBeUndefined()
    },
  )

  it('keyIdOfToken returns the ID in the header', () => {
    expect(keyIdOfToken(tokenOf(oldKey, 'ES256'))).toBe('some-id')
  })
})
