import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { localTransport } from '../../../src/host/local/transport.ts'
import { shellHost } from '../../../src/host/shell-host.ts'
import { nothingEarlier } from '../../../src/observe/left/earlier.ts'
import { externalEtcdVersion, judgeEtcdVersion } from '../../../src/phases/preflight/external-etcd.ts'
import { parseNodeFacts } from '../../../src/phases/preflight/node-facts.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { fakeContext } from './fake-machine.ts'

/** Asks a server that gives these answers one after the other; tells the findings and how often it was asked. */
async function ask(answers: readonly (readonly [number, string])[]) {
  const urls: string[] = []
  const server = createServer((request, response) => {
    const [status, body] = answers[urls.length] ?? [500, '']
    urls.push(request.url ?? '')
    response.writeHead(status).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const ctx = fakeContext({ cluster: makeCluster(), node: makeNode(), host: shellHost('here', localTransport()) })
  const facts = { ...parseNodeFacts(() => ''), kubelet: { fault: '' }, lookup: 'unknown' as const }
  const check = externalEtcdVersion({ endpoints: [], httpEndpoints: [endpoint] }, 0)
  const findings = await check.run({ ctx, facts, earlier: nothingEarlier })
  server.close()
  return { urls, messages: findings.map(finding => finding.message.replace(endpoint, 'URL')) }
}

describe('an external etcd', () => {
  it.each([
    ['{"etcdserver":"3.5.24"}', []],
    ['{"etcdserver":"3.7.0"}', []],
    [
      '{"etcdserver":"3.5.23"}',
      ['this version of kubeadm only supports external etcd version >= 3.5.24-0. Current version: 3.5.23'],
    ],
    ['nonsense', ['couldn\'t parse external etcd version ""']],
  ])('preflight checks the version of an external etcd that answers %s', (answer, expected) => {
    expect(judgeEtcdVersion(answer).map(finding => finding.message)).toEqual(expected)
  })

  it('preflight retries the request for the version of an external etcd', async () => {
    const { urls, messages } = await ask([
      [503, 'no leader'],
      [200, '{"etcdserver":"3.6.0"}'],
    ])
    expect([urls, messages]).toEqual([['/version', '/version'], []])
  })

  it('preflight reports the last error of an external etcd after four attempts', async () => {
    const { urls, messages } = await ask([])
    expect(urls).toHaveLength(4)
    expect(messages).toEqual(['external etcd at URL does not answer: server responded with non-successful status: 500'])
  })
})
