import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { feed } from '../../src/host/content.ts'

it('a source that failed before its command started ends the command with its error', async () => {
  const source = new PassThrough()
  const failure = new Error('the download ended early')
  const failed = once(source, 'error')
  source.destroy(failure)
  await failed
  const errors: unknown[] = []
  feed(source, new PassThrough(), error => errors.push(error))
  expect(errors).toEqual([failure])
})
