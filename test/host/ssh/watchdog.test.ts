import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchdog } from '../../../src/host/ssh/watchdog.ts'

describe('watchdog', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const start = () => {
    const expired = vi.fn()
    return { expired, dog: watchdog(expired) }
  }

  it('the watchdog fires when the time is over, and not before', () => {
    const { expired, dog } = start()
    dog.allow(1000)
    vi.advanceTimersByTime(999)
    expect(expired).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(expired).toHaveBeenCalledOnce()
  })

  it('the watchdog restarts its timeout when it is reset', () => {
    const { expired, dog } = start()
    dog.allow(1000)
    vi.advanceTimersByTime(900)
    dog.allow(1000)
    vi.advanceTimersByTime(900)
    expect(expired).not.toHaveBeenCalled()
  })

  it('the watchdog pauses while prompts are open, and then restarts its timeout', async () => {
    const { expired, dog } = start()
    dog.allow(1000)
    const answers = [deferred<string>(), deferred<string>()]
    const waiting = answers.map(answer => dog.during(() => answer.promise))
    vi.advanceTimersByTime(10_000)
    answers[0]?.resolve('first')
    expect(await waiting[0]).toBe('first')
    vi.advanceTimersByTime(10_000)
    expect(expired).not.toHaveBeenCalled()
    answers[1]?.reject(new Error('stopped'))
    await expect(waiting[1]).rejects.toThrow('stopped')
    vi.advanceTimersByTime(1000)
    expect(expired).toHaveBeenCalledOnce()
  })

  it('the watchdog does not restart its timeout without a prompt', async () => {
    const { expired, dog } = start()
    dog.allow(1000)
    for (let at = 0; at < 9; at++) {
      vi.advanceTimersByTime(100)
      await dog.during(async () => 'known')
    }
    expect(expired).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(expired).toHaveBeenCalledOnce()
  })

  it('the watchdog does not fire after it is stopped', async () => {
    const { expired, dog } = start()
    dog.allow(1000)
    dog.stop()
    await dog.during(async () => 'told')
    dog.allow(10)
    vi.advanceTimersByTime(5000)
    expect(expired).not.toHaveBeenCalled()
  })
})

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
