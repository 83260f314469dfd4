import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { etcdClient } from '../../../src/clients/etcd/client.ts'
import type { Etcd } from '../../../src/clients/etcd/etcd.ts'
import type { EtcdClientOptions } from '../../../src/clients/etcd/gateway.ts'
import { secret } from '../../../src/cluster/secret.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { type Answer, type ApiServer, apiServer, channelHost, directHost, type Seen } from '../https/api-server.ts'
import { authority } from '../https/authority.ts'

const ca = authority('etcd-ca')
const serving = ca.issue('cp1', { ips: ['127.0.0.1'] })
const own = ca.issue('kube-etcd-healthcheck-client')
const mutual = { cert: serving.cert, key: serving.key, ca: ca.cert, requestCert: true }
const tls = { caPem: ca.cert, clientCertPem: own.cert, clientKeyPem: secret(own.key) }

const cp1 = { ID: '15542018085917953888', name: 'cp1', peerURLs: ['https://10.0.0.1:2380'], clientURLs: ['https://a'] }
const learner = { ID: '5787177487320669305', peerURLs: ['https://10.0.0.2:2380'], isLearner: true }
const cp1Member = {
  id: '15542018085917953888',
  name: 'cp1',
  peerUrls: ['https://10.0.0.1:2380'],
  clientUrls: ['https://a'],
  learner: false,
}
const learnerMember = {
  id: '5787177487320669305',
  name: '',
  peerUrls: ['https://10.0.0.2:2380'],
  clientUrls: [],
  learner: true,
}

const toClose: { close(): unknown }[] = []
const closeAll = async () => {
  for (const one of toClose.splice(0).reverse()) await one.close()
}
afterEach(closeAll)
afterAll(closeAll)

/** A gateway that answers each path with the next of its answers; the last one is repeated. */
async function gateway(answers: Readonly<Record<string, readonly Answer[]>>): Promise<ApiServer> {
  const asked = new Map<string, number>()
  const server = await apiServer(mutual, (seen, response, socket) => {
    const all = answers[seen.url.replace('/v3/', '')] ?? [refusal(404, 12, 'Not Found')]
    const index = asked.get(seen.url) ?? 0
    asked.set(seen.url, index + 1)
    const answer = all[Math.min(index, all.length - 1)]
    answer?.(seen, response, socket)
  })
  toClose.push({ close: () => server.stop() })
  return server
}

const json =
  (status: number, body: unknown): Answer =>
  (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
/** A failure as in etcd's gateway. */
const refusal = (status: number, code: number, message: string): Answer =>
  json(status, { error: message, message, code })
const list = (...members: readonly object[]): Answer => json(200, { header: {}, members })

const url = ({ port }: { readonly port: number }) => `https://127.0.0.1:${port}`

function client(endpoints: readonly string[], options: Partial<EtcdClientOptions> = {}): Etcd {
  const etcd = etcdClient({ host: directHost(), endpoints, tls, ...options })
  toClose.push(etcd)
  return etcd
}

async function failure(promise: Promise<unknown>): Promise<KadmError> {
  const error = await promise.then(
    () => undefined,
    error => error,
  )
  expect(error).toBeInstanceOf(KadmError)
  return error
}

const asked = (server: ApiServer) => server.seen.map(({ url, body }: Seen) => `${url} ${body}`)

describe('etcd calls', () => {
  it('the etcd client sends its client certificate and returns members, including unnamed learners', async () => {
    const server = await gateway({ 'cluster/member/list': [list(cp1, learner)] })
    expect(await client([url(server)]).members()).toEqual([cp1Member, learnerMember])
    expect(server.seen).toMatchObject([
      { method: 'POST', url: '/v3/cluster/member/list', user: 'kube-etcd-healthcheck-client' },
    ])
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({ linearizable: true })
  })

  it('the etcd client reads the status of one member from that member', async () => {
    const server = await gateway({ 'cluster/member/list': [list(cp1, learner)] })
    expect(await client([]).knownMembers(url(server))).toEqual([cp1Member, learnerMember])
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({ linearizable: false })
  })

  it('the etcd client reads a key and reports whether a prefix has keys', async () => {
    const kvs = [{ key: 'eA==', value: Buffer.from('k8s\0é', 'latin1').toString('base64') }]
    const server = await gateway({ 'kv/range': [json(200, { kvs }), json(200, {}), json(200, { kvs }), json(200, {})] })
    const etcd = client([url(server)])
    expect([await etcd.read('x'), await etcd.read('y')]).toEqual(['k8s\0é', undefined])
    expect([await etcd.holds('/a/'), await etcd.holds('/a/')]).toEqual([true, false])
    const [first, , third] = server.seen.map(({ body }) => JSON.parse(body) as Record<string, string>)
    const text = (value = '') => Buffer.from(value, 'base64').toString()
    expect([text(first?.key), text(third?.key), text(third?.range_end)]).toEqual(['x', '/a/', '/a0'])
  })

  it('the etcd client works over a stream that is not a socket, such as one over SSH', async () => {
    const server = await gateway({ 'cluster/member/list': [list(cp1)] })
    expect(await client([url(server)], { host: channelHost() }).members()).toEqual([cp1Member])
  })

  it('the etcd client reuses its connection for the next call', async () => {
    const server = await gateway({ 'cluster/member/list': [list(cp1)] })
    const etcd = client([url(server)])
    for (let i = 0; i < 3; i += 1) await etcd.members()
    expect(server.connections()).toBe(1)
  })

  it('the etcd client repeats a read when a kept connection was cut before it', async () => {
    const server = await gateway({ 'cluster/member/list': [list(cp1)] })
    const etcd = client([url(server)])
    await etcd.members()
    server.cut()
    expect(await etcd.members()).toEqual([cp1Member])
  })

  it('the etcd client keeps to the next member when one is silent, a learner or without a leader', async () => {
    const learnerHere = await gateway({ 'cluster/member/list': [refusal(503, 14, 'etcdserver: rpc not supported')] })
    const alone = await gateway({ 'cluster/member/list': [refusal(503, 14, 'etcdserver: no leader')] })
    const server = await gateway({ 'cluster/member/list': [list(cp1)] })
    const etcd = client(['https://127.0.0.1:1', url(learnerHere), url(alone), url(server)])
    expect(await etcd.members()).toEqual([cp1Member])
    expect(await etcd.members()).toEqual([cp1Member])
    expect([learnerHere.seen.length, alone.seen.length, server.seen.length]).toEqual([1, 1, 2])
  })

  it('the etcd client uses the next member when a connection times out', async () => {
    const server = await gateway({ 'cluster/member/list': [list(cp1)] })
    const direct = directHost()
    const host: typeof direct = {
      connect: (target, opts) =>
        'host' in target && target.host === '10.0.0.9' ? new Promise(() => undefined) : direct.connect(target, opts),
    }
    const etcd = client(['https://10.0.0.9:2379', url(server)], { host, timeoutMs: 250 })
    expect(await etcd.members()).toEqual([cp1Member])
  })
})

describe('etcd failures', () => {
  it('the etcd client reports ETCD_UNREACHABLE with a reason for each endpoint when all endpoints fail', async () => {
    const server = await gateway({ 'cluster/member/list': [refusal(503, 14, 'etcdserver: request timed out')] })
    const error = await failure(client(['https://127.0.0.1:1', url(server)]).members())
    expect(error.code).toBe('ETCD_UNREACHABLE')
    expect(error.message).toContain('etcd has no quorum')
    expect(error.problems.map(({ message }) => message)).toEqual([
      'etcd at https://127.0.0.1:1 cannot be reached: connection refused',
      `etcd at ${url(server)} cannot serve: etcdserver: request timed out`,
    ])
  })

  it('the etcd client reports a lost quorum when its only member has no leader', async () => {
    const server = await gateway({ 'cluster/member/list': [refusal(503, 14, 'etcdserver: no leader')] })
    const { message } = await failure(client([url(server)]).members())
    expect(message).toBe(
      `listing the members of etcd: etcd has no quorum: etcd at ${url(server)} cannot serve: etcdserver: no leader`,
    )
  })

  it('the etcd client does not mention a quorum when no endpoint answers', async () => {
    const { message } = await failure(client(['https://127.0.0.1:1', 'https://127.0.0.1:2']).members())
    expect(message).toBe('listing the members of etcd: none of 2 endpoints of etcd answers')
  })

  it.each([
    ['too many learners', 'etcdserver: too many learner members in cluster', /kadm reset/],
    ['members that have not started', 'etcdserver: re-configuration failed due to not enough started members', /wait/],
    ['an unhealthy cluster', 'etcdserver: unhealthy cluster', /wait/],
  ])(
    'the etcd client reports ETCD_REFUSED with a next step for %s, and asks no other member',
    async (_, words, hint) => {
      const code = words.includes('unhealthy') ? 14 : 9
      const server = await gateway({
        'cluster/member/list': [list(cp1)],
        'cluster/member/add': [refusal(400, code, words)],
      })
      const error = await failure(client([url(server), 'https://127.0.0.1:1']).addLearner('https://10.0.0.2:2380'))
      expect(error).toMatchObject({ code: 'ETCD_REFUSED', hint: expect.stringMatching(hint) })
      expect(error.message).toContain(words)
    },
  )

  it.each([
    ['a foreign CA', { caPem: authority('other').cert }, /unknown authority/],
    ['no client certificate', { clientCertPem: undefined, clientKeyPem: undefined }, /cannot be reached/],
  ])('the etcd client reports ETCD_UNREACHABLE when TLS fails because of %s', async (_, wrong, words) => {
    const server = await gateway({ 'cluster/member/list': [list(cp1)] })
    const given = Object.fromEntries(Object.entries({ ...tls, ...wrong }).filter(([, value]) => value !== undefined))
    const error = await failure(client([url(server)], { tls: given }).members())
    expect(error).toMatchObject({ code: 'ETCD_UNREACHABLE', message: expect.stringMatching(words) })
  })

  it('the etcd client reports CERT_INVALID for files that are not certificates', () => {
    const bad = { ...tls, clientCertPem: 'x' }
    expect(() => client(['https://127.0.0.1:1'], { tls: bad })).toThrow(/is not usable/)
  })

  it('the etcd client names an endpoint that is not a URL', () => {
    expect(() => client(['10.0.0.1:2379'])).toThrow(/"10.0.0.1:2379"/)
  })
})

describe('addLearner', () => {
  const path = 'cluster/member/add'

  it('addLearner sends the request to etcd', async () => {
    const server = await gateway({
      'cluster/member/list': [list(cp1)],
      [path]: [json(200, { member: learner, members: [learner, cp1] })],
    })
    const added = await client([url(server)]).addLearner('https://10.0.0.2:2380')
    expect(added).toEqual({ member: learnerMember, members: [learnerMember, cp1Member] })
    expect(asked(server)[1]).toBe(`/v3/${path} {"peerURLs":["https://10.0.0.2:2380"],"isLearner":true}`)
  })

  it('addLearner returns a member that already exists', async () => {
    const server = await gateway({ 'cluster/member/list': [list(cp1, learner)] })
    const added = await client([url(server)]).addLearner('https://10.0.0.2:2380')
    expect(added.member).toEqual(learnerMember)
    expect(server.seen).toHaveLength(1)
  })

  it('addLearner returns a member that another client added in the meantime', async () => {
    const server = await gateway({
      'cluster/member/list': [list(cp1), list(cp1, learner)],
      [path]: [refusal(400, 9, 'etcdserver: Peer URLs already exists')],
    })
    expect((await client([url(server)]).addLearner('https://10.0.0.2:2380')).member).toEqual(learnerMember)
  })
})

describe('promote', () => {
  const promote = async (answer: Answer) => {
    const server = await gateway({ 'cluster/member/promote': [answer] })
    return client([url(server)]).promote('7')
  }

  it('promote makes a learner that is in sync a voter', async () => {
    await expect(promote(list(cp1))).resolves.toBeUndefined()
  })

  it('promote does not change a voter', async () => {
    await expect(promote(refusal(400, 9, 'etcdserver: can only promote a learner member'))).resolves.toBeUndefined()
  })

  it('promote refuses a learner that is not in sync', async () => {
    const words = 'etcdserver: can only promote a learner member which is in sync with leader'
    expect(await failure(promote(refusal(400, 9, words)))).toMatchObject({ code: 'ETCD_REFUSED' })
  })
})

describe('remove', () => {
  const remove = async (answer: Answer) => {
    const server = await gateway({ 'cluster/member/remove': [answer] })
    return { removed: await client([url(server)]).remove(cp1.ID), asked: asked(server) }
  }

  it('remove returns true for a member and sends its ID as etcd writes it', async () => {
    expect(await remove(list())).toEqual({ removed: true, asked: [`/v3/cluster/member/remove {"ID":"${cp1.ID}"}`] })
  })

  it('remove returns false for an ID that is not a member', async () => {
    expect((await remove(refusal(404, 5, 'etcdserver: member not found'))).removed).toBe(false)
  })
})

describe('status', () => {
  const status = {
    header: { member_id: cp1.ID },
    version: '3.6.8',
    dbSize: '20480',
    leader: cp1.ID,
    raftIndex: '12',
    errors: ['etcdserver: no space'],
  }

  it('the etcd client reads a status from the given endpoint only', async () => {
    const [one, other] = [await gateway({ 'maintenance/status': [json(200, status)] }), await gateway({})]
    const etcd = client([url(other)])
    expect(await etcd.status(url(one))).toEqual({
      endpoint: url(one),
      memberId: cp1.ID,
      version: '3.6.8',
      dbSize: 20480,
      leader: cp1.ID,
      raftIndex: 12,
      learner: false,
      errors: ['etcdserver: no space'],
    })
    expect(other.seen).toEqual([])
  })

  it('the etcd status has no leader when the member knows none', async () => {
    const server = await gateway({ 'maintenance/status': [json(200, { leader: '0', isLearner: true })] })
    expect(await client([]).status(url(server))).toMatchObject({ learner: true, errors: [] })
    expect(await client([]).status(url(server))).not.toHaveProperty('leader')
  })

  it('reading an etcd status has a shorter timeout of its own', async () => {
    const server = await gateway({ 'maintenance/status': [() => undefined] })
    const error = await failure(client([url(server)], { timeoutMs: 100 }).status(url(server)))
    expect(error.message).toMatch(/timed out/)
  })
})

describe('etcd snapshots', () => {
  const page = Buffer.alloc(100_000, 'x')
  page.set([0xed, 0xda, 0x0c, 0xed], 16)
  const whole = Buffer.concat([page, createHash('sha256').update(page).digest()])
  const part = (blob: Buffer) => `${JSON.stringify({ result: { blob: blob.toString('base64') } })}\n`
  const parts = (content: Buffer) =>
    [0, 7, 32_000, 99_990, 100_010].map((from, i, all) => part(content.subarray(from, all[i + 1])))
  const streamed =
    (...lines: readonly string[]): Answer =>
    (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      for (const line of lines) response.write(line)
      response.end()
    }
  const take = async (answer: Answer) => {
    const server = await gateway({ 'maintenance/snapshot': [answer] })
    return client([url(server)])
      .snapshot(url(server))
      .then(buffer)
  }

  it('a snapshot is the database with its checksum, in parts of any size', async () => {
    expect(await take(streamed(...parts(whole)))).toEqual(whole)
  })

  it.each([
    { what: 'a cut snapshot', answer: streamed(...parts(whole).slice(0, -1)), says: 'its checksum differs' },
    {
      what: 'a changed snapshot',
      answer: streamed(...parts(Buffer.from(whole).fill('y', 500, 501))),
      says: 'checksum',
    },
    { what: 'another file', answer: streamed(part(Buffer.alloc(64, 'x'))), says: 'does not start like a database' },
    { what: 'an empty snapshot', answer: streamed(), says: 'it is empty' },
    {
      what: 'a failure in the middle',
      answer: streamed(...parts(whole).slice(0, 2), '{"error":{"message":"etcdserver: no space"}}\n'),
      says: 'etcdserver: no space',
    },
    { what: 'a refusal', answer: refusal(500, 2, 'etcdserver: denied'), says: 'etcdserver: denied' },
  ])('$what is an error of the snapshot', async ({ answer, says }) => {
    expect(await failure(take(answer))).toMatchObject({
      code: 'ETCD_REFUSED',
      message: expect.stringContaining(says),
    })
  })
})
