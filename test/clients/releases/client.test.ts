import { expect, it } from 'vitest'
import { findReleases, type GetText } from '../../../src/clients/releases/client.ts'

const signal = new AbortController().signal

function find(get: GetText, timeoutMs = 1000) {
  return findReleases(['stable-1.36', 'stable-1.37'], { timeoutMs, signal, get })
}

it('the newest versions are read by label', async () => {
  const found = await find(async url => (url === 'https://dl.k8s.io/release/stable-1.36.txt' ? 'v1.36.9\n' : 'v1.37.5'))
  expect(found).toEqual({
    labels: new Map([
      ['stable-1.36', 'v1.36.9'],
      ['stable-1.37', 'v1.37.5'],
    ]),
  })
})

it('a label without a version does not hide the others', async () => {
  const found = await find(async url => (url.includes('1.36') ? 'v1.36.9' : '<html>log in</html>'))
  expect([...found.labels]).toEqual([['stable-1.36', 'v1.36.9']])
  expect(found.failure).toBe('the answer for stable-1.37 is not a version')
})

it('a server that never answers ends the lookup at its limit', async () => {
  const never: GetText = (_, limit) =>
    new Promise((_resolve, reject) => limit.addEventListener('abort', () => reject(limit.reason), { once: true }))
  expect(await find(never, 20)).toEqual({ labels: new Map(), failure: 'no answer within 0.02 s' })
})
