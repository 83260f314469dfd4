import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findReleases, type GetText, httpsText } from '../../../src/clients/releases/client.ts'
import { type ApiServer, apiServer } from '../https/api-server.ts'
import { authority } from '../https/authority.ts'

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

describe('a GET of a release label', () => {
  const ca = authority()
  const resolve = async (name: string) => {
    if (name !== 'dl.example') throw new Error(`queryA ENOTFOUND ${name}`)
    return '127.0.0.1'
  }
  const get = httpsText({ resolve, more: { ca: ca.cert } })
  let server: ApiServer
  const at = (path: string, host = 'dl.example') => `https://${host}:${server.port}${path}`

  beforeAll(async () => {
    server = await apiServer(ca.issue('dl', { dns: ['dl.example', 'other.example'] }), ({ url }, response) => {
      if (url === '/stable.txt') response.end('v1.37.5\n')
      else if (url === '/moved') response.writeHead(302, { location: at('/stable.txt') }).end()
      else if (url === '/plain') response.writeHead(302, { location: 'http://dl.example/stable.txt' }).end()
      else if (url === '/circle') response.writeHead(302, { location: '/circle' }).end()
      else if (url === '/page') response.end('x'.repeat(10_000))
      else if (url !== '/silent') response.writeHead(404).end()
    })
  })
  afterAll(() => server.stop())

  it.each(['/stable.txt', '/moved'])('the text at %s is returned', async path => {
    expect(await get(at(path), signal)).toBe('v1.37.5\n')
  })

  it.each([
    ['/none', /answers with status 404/],
    ['/plain', /answers with status 302/],
    ['/circle', /answers with status 302/],
    ['/page', /is too long/],
  ])('the answer at %s is an error', async (path, message) => {
    await expect(get(at(path), signal)).rejects.toThrow(message)
  })

  it('a name without an address is an error', async () => {
    await expect(get(at('/stable.txt', 'none.example'), signal)).rejects.toThrow('queryA ENOTFOUND none.example')
  })

  it('a server that another CA signed is an error', async () => {
    const strict = httpsText({ resolve, more: { ca: authority().cert } })
    await expect(strict(at('/stable.txt'), signal)).rejects.toThrow(/certificate|signature/)
  })

  it('a server that does not answer is given up at the signal', async () => {
    await expect(get(at('/silent'), AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
