import { Transform } from 'node:stream'

/** Passes a stream on, and fails if nothing arrives for this long while the reader is waiting. */
export function silenceLimit(ms: number, failure: () => Error): Transform {
  const passing = new Transform({
    transform(chunk, _encoding, done) {
      timer.refresh()
      done(null, chunk)
    },
  })
  const timer = setTimeout(() => {
    if (passing.readableLength === 0) passing.destroy(failure())
    else timer.refresh()
  }, ms)
  passing.once('close', () => clearTimeout(timer))
  return passing
}
