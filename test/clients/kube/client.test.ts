import { createServer, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import type { KubeAccess } from '../../../src/clients/kube/access.ts'
import { type KubeClientOptions, kubeClient } from '../../../src/clients/kube/client.ts'
import type { Kube } from '../../../src/clients/kube/kube.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { secret } from '../../../src/cluster/secret.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { type Answer, type ApiServer, apiServer, channelHost, directHost } from '../https/api-server.ts'
import { authority } from '../https/authority.ts'

const ca = authority()
const serving = ca.issue('kube-apiserver', { ips: ['127.0.0.1'], dns: ['localhost', 'kubernetes'] })
const admin = ca.issue('kubernetes-admin')
const tls = { cert: serving.cert, key: serving.key, ca: ca.cert, requestCert: true, rejectUnauthorized: false }
const configMap: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
  data: { a: 'b' },
}
const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kubeadm-config', namespace: 'kube-system' }

const toClose: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of toClose.splice(0).reverse()) await one.close()
})

async function serve(answer: Answer, options = tls): Promise<ApiServer> {
  const server = await apiServer(options, answer)
  toClose.push({ close: () => server.stop() })
  return server
}

function client(port: number, access: Partial<KubeAccess> = {}, options: Partial<KubeClientOptions> = {}): Kube {
  const kubeconfig = { server: `https://127.0.0.1:${port}`, caPem: ca.cert, ...access }
  const kube = kubeClient({ host: directHost(), kubeconfig, ...options })
  toClose.push(kube)
  return kube
}

const json =
  (status: number, body: unknown): Answer =>
  (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

const status = (code: number, reason: string, message: string): Answer =>
  json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code })

async function failure(promise: Promise<unknown>): Promise<KadmError> {
  const error = await promise.then(
    () => undefined,
    error => error,
  )
  expect(error).toBeInstanceOf(KadmError)
  return error
}

/** A TCP server with a protocol error. */
async function rude(onConnection: Parameters<typeof createServer>[1]): Promise<number> {
  const server: Server = createServer(onConnection)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  toClose.push({ close: () => server.close() })
  return (server.address() as { port: number }).port
}

describe.each([
  ['a local socket', directHost],
  ['an SSH channel', channelHost],
])('over %s', (_name, host) => {
  it('the Kubernetes client reads an object as the user of the client certificate', async () => {
    const server = await serve(json(200, configMap))
    const access = { clientCertPem: admin.cert, clientKeyPem: secret(admin.key) }
    const kube = client(server.port, access, { host: host(), userAgent: 'kadm/1.2.3' })
    expect(await kube.get(ref)).toEqual(configMap)
    expect(server.seen[0]).toMatchObject({
      method: 'GET',
      url: '/api/v1/namespaces/kube-system/configmaps/kubeadm-config',
      user: 'kubernetes-admin',
      sni: false,
    })
    expect(server.seen[0]?.headers).toMatchObject({
      accept: 'application/json, application/jwk-set+json',
      'user-agent': 'kadm/1.2.3',
      host: `127.0.0.1:${server.port}`,
    })
  })

  it('the Kubernetes client authenticates with an ECDSA key', async () => {
    const server = await serve(json(200, configMap))
    const { cert, key } = ca.issue('system:node:w1', { algorithm: 'ec' })
    const kube = client(server.port, { clientCertPem: cert, clientKeyPem: secret(key) }, { host: host() })
    await kube.get(ref)
    expect(server.seen[0]?.user).toBe('system:node:w1')
  })

  it('the Kubernetes client sends and receives a megabyte', async () => {
    const server = await serve((seen, response) => response.end(seen.body))
    const big = { ...configMap, data: { big: 'ä€'.repeat(300_000) } }
    expect(await client(server.port, {}, { host: host() }).create(big)).toEqual(big)
  })

  it('the Kubernetes client uses one connection for sequential requests', async () => {
    const server = await serve(json(200, configMap))
    const kube = client(server.port, {}, { host: host() })
    for (let i = 0; i < 5; i++) await kube.get(ref)
    expect(server.seen).toHaveLength(5)
    expect(server.connections()).toBe(1)
  })

  it('the Kubernetes client opens a few connections for many parallel requests', async () => {
    const server = await serve(json(200, configMap))
    const kube = client(server.port, {}, { host: host() })
    await Promise.all(Array.from({ length: 30 }, () => kube.get(ref)))
    expect(server.connections()).toBeLessThanOrEqual(6)
  })

  it('the Kubernetes client repeats a read when a kept connection was closed before it', async () => {
    const server = await serve(json(200, configMap))
    const kube = client(server.port, {}, { host: host() })
    await Promise.all([kube.get(ref), kube.get(ref)])
    server.cut()
    expect(await kube.get(ref)).toEqual(configMap)
  })

  it('the Kubernetes client closes busy and idle streams on close', async () => {
    const dialled: Duplex[] = []
    const server = await serve((seen, response) => {
      if (!seen.url.includes('slow')) response.end('{}')
    })
    const kube = client(server.port, {}, { host: host(dialled) })
    await kube.probe('/livez')
    const busy = failure(kube.probe('/slow'))
    await expect.poll(() => server.seen.length).toBe(2)
    kube.close()
    expect((await busy).code).toBe('API_UNREACHABLE')
    expect(dialled.length).toBeGreaterThan(0)
    await expect.poll(() => dialled.every(stream => stream.destroyed)).toBe(true)
  })
})

describe('requests', () => {
  const cases: [string, (kube: Kube) => Promise<unknown>, object][] = [
    [
      'creates with POST to the collection',
      kube => kube.create(configMap),
      { method: 'POST', url: '/api/v1/namespaces/kube-system/configmaps' },
    ],
    [
      'updates with PUT',
      kube => kube.update(configMap),
      { method: 'PUT', url: '/api/v1/namespaces/kube-system/configmaps/kubeadm-config' },
    ],
    [
      'lists with selectors',
      kube =>
        kube.list({
          apiVersion: 'v1',
          kind: 'Pod',
          namespace: 'a',
          labelSelector: 'x in (a,b)',
          fieldSelector: 'spec.nodeName=n',
        }),
      {
        method: 'GET',
        url: '/api/v1/namespaces/a/pods?labelSelector=x+in+%28a%2Cb%29&fieldSelector=spec.nodeName%3Dn&limit=500',
      },
    ],
    [
      'lists in all namespaces when no namespace is given',
      kube => kube.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }),
      { method: 'GET', url: '/apis/apps/v1/daemonsets?limit=500' },
    ],
    [
      'escapes names',
      kube => kube.get({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'kubeadm:get-nodes' }),
      { method: 'GET', url: '/apis/rbac.authorization.k8s.io/v1/clusterroles/kubeadm%3Aget-nodes' },
    ],
    ['removes with DELETE', kube => kube.remove(ref), { method: 'DELETE' }],
    [
      'evicts with the subresource of the pod',
      kube => kube.evict({ namespace: 'a', name: 'web' }),
      {
        method: 'POST',
        url: '/api/v1/namespaces/a/pods/web/eviction',
        body: '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"namespace":"a","name":"web"}}',
      },
    ],
  ]
  it.each(cases)('the Kubernetes client %s', async (_title, ask, expected) => {
    const server = await serve(json(200, { items: [] }))
    await ask(client(server.port))
    expect(server.seen[0]).toMatchObject(expected)
  })

  it.each([
    ['strategic', 'application/strategic-merge-patch+json'],
    ['merge', 'application/merge-patch+json'],
  ] as const)('the Kubernetes client sends a %s patch as %s', async (type, contentType) => {
    const server = await serve(json(200, configMap))
    await client(server.port).patch(ref, { data: { a: null } }, type)
    expect(server.seen[0]).toMatchObject({
      method: 'PATCH',
      body: '{"data":{"a":null}}',
      headers: { 'content-type': contentType },
    })
  })

  it('the Kubernetes client adds the kind to the items of a list', async () => {
    const server = await serve(json(200, { kind: 'PodList', apiVersion: 'v1', items: [{ metadata: { name: 'p' } }] }))
    const pods = await client(server.port).list({ apiVersion: 'v1', kind: 'Pod' })
    expect(pods).toEqual([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }])
  })

  describe('lists in pages', () => {
    const names = Array.from({ length: 7 }, (_, i) => `p${i}`)
    /** Serves pages of three; `expires` decides by the number of the request whether its token has expired. */
    const pages =
      (expires: (request: number) => boolean = () => false): Answer =>
      (seen, response, socket) => {
        requests += 1
        const query = new URL(seen.url, 'https://x').searchParams
        const from = Number(query.get('continue') ?? 0)
        if (from > 0 && expires(requests)) {
          const message = 'The provided continue parameter is too old'
          return status(410, 'Expired', message)(seen, response, socket)
        }
        const to = query.has('limit') ? from + 3 : names.length
        const metadata = to < names.length ? { continue: String(to) } : { continue: '' }
        const items = names.slice(from, to).map(name => ({ metadata: { name } }))
        return json(200, { kind: 'PodList', apiVersion: 'v1', metadata, items })(seen, response, socket)
      }
    let requests = 0
    const listed = async (answer: Answer) => {
      requests = 0
      const server = await serve(answer)
      const pods = await client(server.port).list({ apiVersion: 'v1', kind: 'Pod', labelSelector: 'a=b' })
      return { names: pods.map(({ metadata }) => metadata.name), urls: server.seen.map(({ url }) => url) }
    }
    const path = '/api/v1/pods?labelSelector=a%3Db'

    it('a list in pages has the items of all pages in order', async () => {
      const urls = ['&limit=500', '&limit=500&continue=3', '&limit=500&continue=6'].map(end => path + end)
      expect(await listed(pages())).toEqual({ names, urls })
    })

    it('a list in pages is read in one request when the server has dropped the state of the pages', async () => {
      const urls = ['&limit=500', '&limit=500&continue=3', '&limit=500&continue=6', ''].map(end => path + end)
      expect(await listed(pages(request => request === 3))).toEqual({ names, urls })
    })

    it('a list in pages fails with any other refusal of a page', async () => {
      const server = await serve((seen, response, socket) =>
        seen.url.includes('continue=')
          ? status(403, 'Forbidden', 'no more')(seen, response, socket)
          : pages()(seen, response, socket),
      )
      const error = await failure(client(server.port).list({ apiVersion: 'v1', kind: 'Pod' }))
      expect(error).toMatchObject({ code: 'API_REFUSED', status: 403, message: 'listing Pods: no more' })
    })
  })

  it('the Kubernetes client sends a bearer token', async () => {
    const server = await serve(json(200, configMap))
    await client(server.port, { token: secret('abcdef.0123456789abcdef') }).get(ref)
    expect(server.seen[0]?.headers.authorization).toBe('Bearer abcdef.0123456789abcdef')
  })

  it('the Kubernetes client sends the server name in TLS when the server has one', async () => {
    const server = await serve(json(200, configMap))
    await client(server.port, { server: `https://localhost:${server.port}` }).get(ref)
    expect(server.seen[0]?.sni).toBe('localhost')
  })

  it('the Kubernetes client uses the overriding server and keeps a path prefix', async () => {
    const server = await serve(json(200, configMap))
    const kube = client(1, {}, { serverOverride: `https://127.0.0.1:${server.port}/k8s/c1/` })
    await kube.get(ref)
    expect(kube.server).toBe(`https://127.0.0.1:${server.port}/k8s/c1`)
    expect(server.seen[0]?.url).toBe('/k8s/c1/api/v1/namespaces/kube-system/configmaps/kubeadm-config')
  })

  it('the Kubernetes client accepts any status of a probe as an answer', async () => {
    const server = await serve((_seen, response) => response.writeHead(500).end('[-]etcd failed'))
    expect(await client(server.port).probe('/livez')).toEqual({ status: 500, body: '[-]etcd failed' })
  })
})

describe('refusals', () => {
  it('the Kubernetes client returns undefined on status 404, and remove returns false', async () => {
    const server = await serve(status(404, 'NotFound', 'configmaps "kubeadm-config" not found'))
    const kube = client(server.port)
    expect(await kube.get(ref)).toBeUndefined()
    expect(await kube.remove(ref)).toBe(false)
    expect(await failure(kube.update(configMap))).toMatchObject({ code: 'API_REFUSED', status: 404 })
  })

  it('the Kubernetes client reports 409 as a conflict with the message of the server', async () => {
    const server = await serve(status(409, 'AlreadyExists', 'configmaps "kubeadm-config" already exists'))
    const error = await failure(client(server.port).create(configMap))
    expect(error).toMatchObject({ code: 'API_CONFLICT', status: 409 })
    expect(error.message).toBe(
      'creating ConfigMap kube-system/kubeadm-config: configmaps "kubeadm-config" already exists',
    )
  })

  it.each([
    [401, 'Unauthorized', /does not recognize this identity/],
    [403, 'configmaps is forbidden: User "system:bootstrap:abcdef" cannot get resource', /not authorized/],
  ])('the Kubernetes client adds a hint to status %i and never shows the token', async (code, message, hint) => {
    const server = await serve(status(code, 'x', message))
    const error = await failure(client(server.port, { token: secret('abcdef.0123456789abcdef') }).get(ref))
    expect(error).toMatchObject({ code: 'API_REFUSED', status: code })
    expect(error.message).toContain(message)
    expect(error.hint).toMatch(hint)
    expect(JSON.stringify(error) + error.stack).not.toContain('0123456789abcdef')
  })

  it('the Kubernetes client reports the status when the body is not a Status', async () => {
    const server = await serve((_seen, response) => response.writeHead(502).end('<html>bad gateway</html>'))
    const error = await failure(client(server.port).get(ref))
    expect(error).toMatchObject({ code: 'API_REFUSED', status: 502 })
    expect(error.message).toContain('HTTP 502')
  })
})

describe('an unreachable API server', () => {
  it('the Kubernetes client reports a refused connection', async () => {
    const server = await serve(json(200, {}))
    await server.stop()
    const error = await failure(client(server.port).get(ref))
    expect(error).toMatchObject({ code: 'API_UNREACHABLE', cause: { code: 'HOST_CONNECT' } })
    expect(error.message).toContain('connection refused')
  })

  it('the Kubernetes client returns the error of a lost host unchanged', async () => {
    const lost = { connect: () => Promise.reject(new KadmError('HOST_UNREACHABLE', 'cp1 is gone')) }
    expect((await failure(client(1, {}, { host: lost }).get(ref))).code).toBe('HOST_UNREACHABLE')
  })

  it.each([
    ['answers nothing', (port: number) => client(port, {}, { timeoutMs: 60 }).get(ref)],
    ['answers nothing to a probe', (port: number) => client(port).probe('/livez', { timeoutMs: 60 })],
  ])('a request times out when the API server %s', async (_title, ask) => {
    const server = await serve(() => undefined)
    const error = await failure(ask(server.port))
    expect(error.code).toBe('API_UNREACHABLE')
    expect(error.message).toContain('timed out')
  })

  it('a request times out when the connection is never made', async () => {
    const host = { connect: () => new Promise<never>(() => undefined) }
    const error = await failure(client(1, {}, { host, timeoutMs: 60 }).get(ref))
    expect(error.message).toContain('timed out')
  })

  it('a request times out when the TLS handshake is never answered', async () => {
    const port = await rude(socket => socket.resume())
    const error = await failure(client(port, {}, { timeoutMs: 60 }).get(ref))
    expect(error.message).toContain('timed out')
  })

  it('the Kubernetes client reports a connection that is cut before an answer', async () => {
    const server = await serve((_seen, _response, socket) => socket.destroy())
    expect((await failure(client(server.port).get(ref))).message).toContain('the connection was closed')
  })

  it('the Kubernetes client reports a connection that is cut within an answer', async () => {
    const server = await serve((_seen, response, socket) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"kind":', () => socket.destroy())
    })
    const error = await failure(client(server.port).get(ref))
    expect(error.code).toBe('API_UNREACHABLE')
    expect(error.message).toContain('the connection was closed')
  })

  it('the Kubernetes client reports a connection that is cut during the handshake', async () => {
    const port = await rude(socket => socket.destroy())
    expect((await failure(client(port).get(ref))).message).toContain('the connection was closed')
  })

  it('the Kubernetes client reports an answer that is not HTTP', async () => {
    const server = await serve((_seen, _response, socket) => socket.end('SSH-2.0-OpenSSH\r\n'))
    expect((await failure(client(server.port).get(ref))).message).toContain('does not speak HTTP over TLS')
  })

  it('the Kubernetes client reports a server without TLS', async () => {
    const port = await rude(socket => socket.end('HTTP/1.0 400 Bad Request\r\n\r\n'))
    const error = await failure(client(port).get(ref))
    expect(error.code).toBe('API_UNREACHABLE')
    expect(error.message).toContain('the TLS handshake failed')
  })

  it.each(['<html>', '"text"', '[]'])(
    'the Kubernetes client reports an answer that is not an object: %s',
    async body => {
      const server = await serve((_seen, response) => response.end(body))
      const error = await failure(client(server.port).get(ref))
      expect(error.code).toBe('API_UNREACHABLE')
      expect(error.message).toContain('is not a kube-apiserver')
    },
  )
})

describe('the certificate of the server', () => {
  const local = { ips: ['127.0.0.1'] }
  const other = authority()
  it.each([
    ['another authority', other.issue('x', local), 'signed by', /CA/],
    ['other addresses', ca.issue('x', { ips: ['10.0.0.1'] }), 'not valid for this name or address', /certSANs/],
    ['the future', ca.issue('x', { ...local, days: [1, 2] }), 'not yet valid', /clocks/],
    ['the past', ca.issue('x', { ...local, days: [-2, -1] }), 'expired', /renew/],
  ])('the Kubernetes client refuses a server certificate of %s', async (_title, issued, message, hint) => {
    const server = await serve(json(200, configMap), { ...tls, ...issued })
    const error = await failure(client(server.port).get(ref))
    expect(error.code).toBe('API_UNREACHABLE')
    expect(error.message).toContain(message)
    expect(error.hint).toMatch(hint)
    expect(await client(server.port, {}, { insecure: true }).get(ref)).toEqual(configMap)
  })

  it('the Kubernetes client verifies the server certificate against another name on request', async () => {
    const server = await serve(json(200, configMap), { ...tls, ...ca.issue('x', { dns: ['kubernetes'] }) })
    expect(await client(server.port, { tlsServerName: 'kubernetes' }).get(ref)).toEqual(configMap)
    expect(server.seen[0]?.sni).toBe('kubernetes')
  })
})

describe('an invalid kubeconfig', () => {
  it.each([
    ['a server that is not a URL', { server: '127.0.0.1:6443' }],
    ['a server without TLS', { server: 'http://127.0.0.1:6443' }],
    ['a key that cannot be parsed', { clientCertPem: admin.cert, clientKeyPem: secret('no key') }],
    ['a key of another certificate', { clientCertPem: admin.cert, clientKeyPem: secret(serving.key) }],
    ['a certificate that cannot be parsed', { clientCertPem: 'x', clientKeyPem: secret(admin.key) }],
  ])('the Kubernetes client refuses a kubeconfig with %s', (_title, access) => {
    expect(() => client(6443, access)).toThrowError(expect.objectContaining({ code: 'KUBECONFIG_INVALID' }))
  })

  it.each([
    ['/etc/kubernetes/admin.conf', 'root@10.77.0.11', 'kadm init phase kubeconfig admin --host root@10.77.0.11`'],
    ['/etc/kubernetes/super-admin.conf', undefined, 'kadm init phase kubeconfig super-admin`'],
    ['/etc/kubernetes/kubelet.conf', 'root@10.77.0.11', 'use a kubeconfig'],
    ['/root/mine.conf', undefined, 'use a kubeconfig'],
  ])('the hint for an invalid kubeconfig names the phase that creates it: %s of %s', (path, spec, hint) => {
    const origin = { path, machine: 'cp1', ...(spec === undefined ? {} : { spec }) }
    const access = { clientCertPem: admin.cert, clientKeyPem: secret('no key'), origin }
    const error = { message: expect.stringContaining(`${path} on cp1`), hint: expect.stringContaining(hint) }
    expect(() => client(6443, access)).toThrowError(expect.objectContaining(error))
  })
})

describe('a kind outside the table', () => {
  const tenant = { apiVersion: 'x.io/v1', kind: 'Tenant', metadata: { name: 'a', namespace: 'n' } }
  const resources = [
    { name: 'tenants', kind: 'Tenant', namespaced: true },
    { name: 'tenants/status', kind: 'Tenant', namespaced: true },
    { name: 'realms', kind: 'Realm', namespaced: false },
  ]
  const discovering = (served: () => readonly object[]) =>
    serve((seen, response, socket) => {
      const groups = seen.url === '/apis/x.io/v1'
      json(200, groups ? { kind: 'APIResourceList', resources: served() } : tenant)(seen, response, socket)
    })

  it('the Kubernetes client asks the server once for the kinds of an unknown group', async () => {
    const server = await discovering(() => resources)
    const kube = client(server.port)
    await Promise.all([kube.create(tenant), kube.get({ apiVersion: 'x.io/v1', kind: 'Realm', name: 'r' })])
    await kube.list({ apiVersion: 'x.io/v1', kind: 'Tenant' })
    expect(server.seen.map(({ method, url }) => `${method} ${url}`).sort()).toEqual([
      'GET /apis/x.io/v1',
      'GET /apis/x.io/v1/realms/r',
      'GET /apis/x.io/v1/tenants?limit=500',
      'POST /apis/x.io/v1/namespaces/n/tenants',
    ])
  })

  it('the Kubernetes client asks again for a kind that was missing', async () => {
    let served: readonly object[] = []
    const server = await discovering(() => served)
    const kube = client(server.port)
    const error = await failure(kube.create(tenant))
    expect(error).toMatchObject({ code: 'API_REFUSED', status: 404 })
    expect(error.message).toBe('the API server does not serve the kind Tenant of x.io/v1')
    expect(error.hint).toContain('custom resource definition')
    served = resources
    expect(await kube.create(tenant)).toEqual(tenant)
  })

  it('the Kubernetes client reports a missing kind when the server does not have its group', async () => {
    const server = await serve(status(404, 'NotFound', 'the server could not find the requested resource'))
    expect((await failure(client(server.port).create(tenant))).message).toContain('does not serve the kind Tenant')
  })
})

describe('server-side apply', () => {
  it('server-side apply sends the object with its field manager', async () => {
    const server = await serve(json(200, configMap))
    expect(await client(server.port).apply(configMap, { fieldManager: 'kadm' })).toEqual(configMap)
    expect(server.seen[0]).toMatchObject({
      method: 'PATCH',
      url: '/api/v1/namespaces/kube-system/configmaps/kubeadm-config?fieldManager=kadm&force=false',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify(configMap),
    })
  })

  it('server-side apply in a dry run asks the server not to store the object', async () => {
    const server = await serve(json(200, configMap))
    await client(server.port, {}, { dryRun: true }).apply(configMap, { fieldManager: 'kadm', force: true })
    expect(server.seen[0]?.url).toMatch(/\?fieldManager=kadm&force=true&dryRun=All$/)
  })

  it('server-side apply names each field that another field manager owns', async () => {
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using v1', field: '.data.a' }]
    const server = await serve(json(409, { kind: 'Status', message: 'Apply failed', details: { causes } }))
    const error = await failure(client(server.port).apply(configMap, { fieldManager: 'kadm' }))
    expect(error).toMatchObject({ code: 'API_CONFLICT', status: 409 })
    expect(error.message).toBe('applying ConfigMap kube-system/kubeadm-config: other field managers own a field of it')
    expect(error.problems).toEqual([{ message: '.data.a: conflict with "kubectl" using v1' }])
    expect(error.hint).toContain('force')
  })
})
