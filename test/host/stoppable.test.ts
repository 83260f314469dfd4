import { describe, expect, it, vi } from 'vitest'
import { stoppable } from '../../src/host/stoppable.ts'

describe('stoppable', () => {
  const task = () => {
    let finish: (result: string) => void = () => {}
    const promise = new Promise<string>(resolve => {
      finish = resolve
    })
    return { promise, finish }
  }

  it('a stoppable task returns its result when it is not interrupted', async () => {
    const release = vi.fn()
    const stop = new AbortController()
    expect(await stoppable(Promise.resolve('done'), stop.signal, release)).toBe('done')
    stop.abort()
    await expect(stoppable(Promise.reject(new Error('failed')), undefined, release)).rejects.toThrow('failed')
    expect(release).not.toHaveBeenCalled()
  })

  it.each([true, false])(
    'a stoppable task ends at once with the reason and releases a late result (stopped before: %s)',
    async early => {
      const release = vi.fn()
      const stop = new AbortController()
      const { promise, finish } = task()
      if (early) stop.abort(new Error('enough'))
      const running = stoppable(promise, stop.signal, release)
      stop.abort(new Error('enough'))
      await expect(running).rejects.toThrow('enough')
      finish('late')
      await promise
      expect(release).toHaveBeenCalledExactlyOnceWith('late')
    },
  )
})
