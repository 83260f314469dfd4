import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { staggered } from '../../../src/clients/etcd/staggered.ts'

const silent = () => new Promise<string>(() => {})
const gives = (answer: string, afterMs = 0) => vi.fn(() => sleep(afterMs, answer))
const fails = (message: string) => vi.fn(() => Promise.reject<string>(new Error(message)))
const first = (tries: readonly (() => Promise<string>)[], headStartMs = 20) =>
  staggered(tries, {
    headStartMs,
    mayPass: error => !(error as Error).message.startsWith('final'),
    failed: errors => new Error(errors.map(error => (error as Error).message).join(', ')),
  })

describe('staggered', () => {
  it('staggered starts only the first try when it answers in time', async () => {
    const second = gives('b')
    expect(await first([gives('a'), second], 1000)).toBe('a')
    expect(second).not.toHaveBeenCalled()
  })

  it('staggered starts the next try as soon as one fails', async () => {
    expect(await first([fails('x'), gives('b')], 60_000)).toBe('b')
  })

  it('staggered starts the next try while one is silent, and returns the first answer', async () => {
    expect(await first([silent, gives('b')])).toBe('b')
    expect(await first([gives('a', 60), silent, silent])).toBe('a')
  })

  it('staggered ends at once with an error that is final', async () => {
    const second = gives('b')
    await expect(first([fails('final'), second])).rejects.toThrow('final')
    await sleep(60)
    expect(second).not.toHaveBeenCalled()
  })

  it('staggered starts no try after the first answer', async () => {
    const third = gives('c')
    const late = () => sleep(60).then(() => Promise.reject(new Error('late')))
    expect(await first([gives('a', 30), late, third], 20)).toBe('a')
    await sleep(80)
    expect(third).not.toHaveBeenCalled()
  })

  it('staggered reports all errors in the order of the tries', async () => {
    const late = () => sleep(50).then(() => Promise.reject(new Error('x')))
    await expect(first([late, fails('y')])).rejects.toThrow('x, y')
    await expect(first([])).rejects.toThrow()
  })
})
