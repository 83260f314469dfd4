import { createPrivateKey, type KeyObject } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makeKeySource } from '../../src/pki/key-source.ts'
import { oracleText } from './oracle.ts'

const key = createPrivateKey(oracleText('ECDSA-P256/ca.key'))

/** A generator whose keys are completed manually, in the order in which they were started. */
function byHand() {
  const begun: ((result: KeyObject | Error) => void)[] = []
  const make = () =>
    new Promise<KeyObject>((resolve, reject) => {
      begun.push(result => (result instanceof Error ? reject(result) : resolve(result)))
    })
  return { begun, make }
}

const settle = () => new Promise(resolve => setImmediate(resolve))

describe('the key source', () => {
  it('the key source generates each named key once', async () => {
    const source = makeKeySource('ECDSA-P256')
    source.warm(['ca', 'apiserver'])
    source.warm(['ca'])
    const [first, again, other] = await Promise.all([source.key('ca'), source.key('ca'), source.key('apiserver')])
    expect(first).toBe(again)
    expect(first.equals(other)).toBe(false)
  })

  it('the key source generates no more keys in parallel than its limit', async () => {
    const { begun, make } = byHand()
    const source = makeKeySource('RSA-2048', make, 2)
    source.warm(['a', 'b', 'c'])
    await settle()
    expect(begun).toHaveLength(2)
    begun[0]?.(key)
    await settle()
    expect(begun).toHaveLength(3)
  })

  it('the key source generates a requested key before the others', async () => {
    const { begun, make } = byHand()
    const source = makeKeySource('RSA-2048', make, 1)
    source.warm(['a', 'b', 'c'])
    const wanted = source.key('c')
    await settle()
    begun[0]?.(key)
    await settle()
    begun[1]?.(key)
    expect(await wanted).toBe(key)
    await settle()
    expect(begun).toHaveLength(3)
  })

  it('the key source assigns each spare key to one of the next names', async () => {
    const { begun, make } = byHand()
    const source = makeKeySource('RSA-2048', make, 2)
    source.spare(2)
    await settle()
    expect(begun).toHaveLength(2)
    source.warm(['a', 'b'])
    await settle()
    expect(begun).toHaveLength(2)
    begun[0]?.(key)
    expect(await source.key('a')).toBe(key)
    expect(source.key('a')).not.toBe(source.key('b'))
    void source.key('c')
    await settle()
    expect(begun).toHaveLength(3)
  })

  it('the key source returns a failure to the caller of that key and generates the next one', async () => {
    const { begun, make } = byHand()
    const source = makeKeySource('RSA-2048', make, 1)
    source.warm(['a', 'b'])
    await settle()
    begun[0]?.(new Error('no entropy'))
    await settle()
    begun[1]?.(key)
    await expect(source.key('a')).rejects.toThrow('no entropy')
    expect(await source.key('b')).toBe(key)
  })
})
