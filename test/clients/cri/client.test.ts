import protobuf from 'protobufjs'
import { afterEach, describe, expect, it } from 'vitest'
import { criClient } from '../../../src/clients/cri/client.ts'
import { decodeMessage, encodeMessage } from '../../../src/clients/cri/messages.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { channelHost } from '../https/api-server.ts'
import { fail, type Handler, reply, replyHalf, runtime } from './runtime.ts'

const socket = 'unix:///run/containerd/containerd.sock'
const toClose: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of toClose.splice(0).reverse()) await one.close()
})

async function client(methods: Record<string, Handler>, timeoutMs = 10_000) {
  const server = await runtime(methods)
  const cri = criClient({ host: server.host, socket, timeoutMs })
  toClose.push({ close: server.stop }, cri)
  return { cri, server }
}

const answer = (name: string, value: object, size?: number) => reply(encodeMessage(name, value), size)

async function failure(promise: Promise<unknown>): Promise<KadmError> {
  const error = await promise.then(
    () => undefined,
    error => error,
  )
  expect(error).toBeInstanceOf(KadmError)
  expect(error.code).toBe('CRI_FAILED')
  return error
}

describe('CRI answers', () => {
  it('the CRI client returns the name and version of the runtime', async () => {
    const version = { runtimeName: 'containerd', runtimeVersion: 'v2.4.2' }
    const { cri } = await client({ Version: answer('VersionResponse', version) })
    expect(await cri.version()).toEqual({ runtime: 'containerd', version: 'v2.4.2' })
    expect(cri.socket).toBe(socket)
  })

  it('the CRI client joins an answer that arrives in several frames', async () => {
    const version = { runtimeName: 'r'.repeat(200_000), runtimeVersion: 'v1' }
    const { cri } = await client({ Version: answer('VersionResponse', version, 1000) })
    expect((await cri.version()).runtime).toHaveLength(200_000)
  })

  it('the CRI client fills in the fields of conditions that the wire omits', async () => {
    const conditions = [
      { type: 'RuntimeReady', status: true },
      { type: 'NetworkReady', reason: 'NetworkPluginNotReady', message: 'cni plugin not initialized' },
    ]
    const { cri } = await client({ Status: answer('StatusResponse', { status: { conditions } }) })
    expect(await cri.status()).toEqual([
      { type: 'RuntimeReady', status: true, reason: '', message: '' },
      {
        type: 'NetworkReady',
        status: false,
        reason: 'NetworkPluginNotReady',
        message: 'cni plugin not initialized',
      },
    ])
  })

  it.each<[string, Handler, string | undefined]>([
    ['systemd, which the wire omits', answer('RuntimeConfigResponse', { linux: {} }), 'systemd'],
    ['cgroupfs', answer('RuntimeConfigResponse', { linux: { cgroupDriver: 1 } }), 'cgroupfs'],
    ['undefined from a runtime without linux', answer('RuntimeConfigResponse', {}), undefined],
    ['undefined from a runtime that does not know the call', fail(12, 'unknown method'), undefined],
  ])('the CRI client reads the cgroup driver: %s', async (_title, handler, driver) => {
    const { cri } = await client({ RuntimeConfig: handler })
    expect(await cri.cgroupDriver()).toBe(driver)
  })

  it.each([
    ['the image', { config: '{"sandboxImage":"registry.k8s.io/pause:3.10"}' }, 'registry.k8s.io/pause:3.10'],
    ['undefined from a runtime that does not report it', { config: '{"sandboxImage":""}' }, undefined],
    ['undefined from an answer without a configuration', {}, undefined],
    ['undefined from text that is not JSON', { config: '{' }, undefined],
  ])('the CRI client reads the image of pod sandboxes: %s', async (_title, info, image) => {
    const { cri } = await client({
      Status: (stream, request) => {
        expect(decodeMessage<{ verbose: boolean }>('StatusRequest', request).verbose).toBe(true)
        answer('StatusResponse', { info })(stream, request)
      },
    })
    expect(await cri.sandboxImage()).toBe(image)
  })

  it('the CRI client reports whether an image is present', async () => {
    const { cri } = await client({
      ImageStatus: (stream, request) => {
        const asked = decodeMessage<{ image: { image: string } }>('ImageStatusRequest', request).image.image
        answer('ImageStatusResponse', asked === 'here' ? { image: { id: 'sha256:1' } } : {})(stream, request)
      },
    })
    expect([await cri.hasImage('here'), await cri.hasImage('absent')]).toEqual([true, false])
  })

  it('the CRI client lists containers newest first, without the ones removed during the listing', async () => {
    const second = 1_800_000_000
    const status = (id: string, at: number, more: object) => ({
      id,
      metadata: { name: 'etcd', attempt: 3 },
      createdAt: at * 1e9,
      labels: {
        'io.kubernetes.container.name': 'etcd',
        'io.kubernetes.pod.name': 'etcd-cp1',
        'io.kubernetes.pod.namespace': 'kube-system',
      },
      ...more,
    })
    const known: Record<string, object> = {
      old: status('old', second, {
        state: 2,
        exitCode: 2,
        reason: 'Error',
        message: 'm',
        finishedAt: (second + 1) * 1e9,
        logPath: '/l',
      }),
      new: status('new', second + 5, { state: 1 }),
    }
    const { cri } = await client({
      ListContainers: (stream, request) => {
        expect(decodeMessage('ListContainersRequest', request)).toEqual({
          filter: { labelSelector: { 'io.kubernetes.container.name': 'etcd' } },
        })
        const containers = [{ id: 'old' }, { id: 'gone' }, { id: 'new' }]
        answer('ListContainersResponse', { containers })(stream, request)
      },
      ContainerStatus: (stream, request) => {
        const { containerId } = decodeMessage<{ containerId: string }>('ContainerStatusRequest', request)
        const found = known[containerId]
        const handler =
          found === undefined ? fail(5, 'not found') : answer('ContainerStatusResponse', { status: found })
        handler(stream, request)
      },
    })
    const common = { name: 'etcd', pod: 'etcd-cp1', namespace: 'kube-system', attempt: 3 }
    expect(await cri.containers({ 'io.kubernetes.container.name': 'etcd' })).toEqual([
      { ...common, id: 'new', state: 'running', createdAt: new Date((second + 5) * 1000), logPath: '' },
      {
        ...common,
        id: 'old',
        state: 'exited',
        exitCode: 2,
        reason: 'Error',
        message: 'm',
        createdAt: new Date(second * 1000),
        finishedAt: new Date((second + 1) * 1000),
        logPath: '/l',
      },
    ])
  })

  it('the CRI client stops a pod before it removes it', async () => {
    const asked: string[] = []
    const note =
      (name: string): Handler =>
      (stream, request) => {
        asked.push(`${name} ${decodeMessage<{ podSandboxId: string }>(`${name}Request`, request).podSandboxId}`)
        answer(`${name}Response`, {})(stream, request)
      }
    const metadata = { name: 'etcd-cp1', namespace: 'kube-system' }
    const items = [
      { id: 'p1', metadata, labels: { 'io.kubernetes.pod.uid': 'u' } },
      { id: 'p2', metadata },
    ]
    const { cri } = await client({
      ListPodSandbox: answer('ListPodSandboxResponse', { items }),
      StopPodSandbox: note('StopPodSandbox'),
      RemovePodSandbox: note('RemovePodSandbox'),
    })
    const pods = await cri.pods()
    expect(pods).toMatchObject([
      { id: 'p1', name: 'etcd-cp1', namespace: 'kube-system', ofKubelet: true },
      { id: 'p2', ofKubelet: false },
    ])
    for (const pod of pods.slice(0, 1)) await cri.removePod(pod)
    expect(asked).toEqual(['StopPodSandbox p1', 'RemovePodSandbox p1'])
  })

  it('the CRI client removes a container that it restarts, so that the kubelet does not delay the new one', async () => {
    const asked: string[] = []
    const note =
      (name: string): Handler =>
      (stream, request) => {
        asked.push(`${name} ${decodeMessage<{ containerId: string }>(`${name}Request`, request).containerId}`)
        answer(`${name}Response`, {})(stream, request)
      }
    const { cri } = await client({
      StopContainer: note('StopContainer'),
      RemoveContainer: note('RemoveContainer'),
    })
    const of = { name: 'etcd', pod: 'etcd-cp1', namespace: 'kube-system', state: 'running' as const }
    await cri.restartContainer({ id: 'c1', ...of, createdAt: new Date(), attempt: 0, logPath: '' })
    expect(asked).toEqual(['StopContainer c1', 'RemoveContainer c1'])
  })
})

describe('the CRI connection', () => {
  const version = answer('VersionResponse', { runtimeName: 'r', runtimeVersion: '1' })

  it('the CRI client uses one connection for sequential and parallel calls', async () => {
    const { cri, server } = await client({ Version: version })
    await cri.version()
    await Promise.all([cri.version(), cri.version(), cri.version()])
    expect(server.dialled()).toBe(1)
  })

  it('the CRI client causes no process warnings after many calls', async () => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    const { cri } = await client({ Version: version })
    for (let i = 0; i < 15; i++) await cri.version()
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  it('the CRI client reconnects after the runtime restarts', async () => {
    const { cri, server } = await client({ Version: version })
    await cri.version()
    server.cut()
    await expect.poll(() => cri.version().catch(() => undefined)).toMatchObject({ runtime: 'r' })
    expect(server.dialled()).toBe(2)
  })

  it('the CRI client works over a channel without socket methods', async () => {
    const server = await runtime({ Version: version })
    const direct = { connect: () => server.host.connect({ socket: '' }) }
    const cri = criClient({ host: { ...server.host, ...channelHost([], direct) }, socket })
    toClose.push({ close: server.stop }, cri)
    expect(await cri.version()).toEqual({ runtime: 'r', version: '1' })
  })
})

describe('CRI failures', () => {
  it('the CRI client reports that the runtime does not answer at its socket, with a next step', async () => {
    const { cri, server } = await client({})
    await server.stop()
    const error = await failure(cri.version())
    expect(error.message).toBe(`the container runtime at ${socket} does not answer`)
    expect(error.hint).toContain('systemctl status containerd')
    expect(error.cause).toMatchObject({ code: 'HOST_CONNECT' })
  })

  it('the CRI client returns the error of a lost host unchanged', async () => {
    const gone = () => Promise.reject(new KadmError('HOST_UNREACHABLE', 'cp1 is gone'))
    const lost = { connect: gone, query: gone }
    await expect(criClient({ host: lost, socket }).version()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
  })

  it('the CRI client reports a lost host, not a runtime failure, when the host goes silent', async () => {
    const server = await runtime({ Version: () => undefined })
    const query = () => Promise.reject(new KadmError('HOST_UNREACHABLE', 'cp1 is gone'))
    const cri = criClient({ host: { ...server.host, query }, socket, timeoutMs: 50 })
    toClose.push({ close: server.stop }, cri)
    await expect(cri.version()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' })
  })

  it('a CRI error contains the gRPC code and the message of the runtime unchanged', async () => {
    const { cri } = await client({ Version: fail(13, 'größer: 100% "full"') })
    expect((await failure(cri.version())).message).toContain('failed Version: Internal: größer: 100% "full"')
  })

  it('the CRI client explains how to enable CRI when the runtime does not offer it', async () => {
    const { cri } = await client({ Version: fail(12, 'unknown service runtime.v1.RuntimeService') })
    expect((await failure(cri.version())).hint).toContain('disabled_plugins')
  })

  it('the CRI client names the image that it cannot pull', async () => {
    const { cri } = await client({ PullImage: fail(2, 'dial tcp: lookup registry.example: no such host') })
    const error = await failure(cri.pullImage('registry.example/a:1'))
    expect(error.message).toBe(
      'cannot pull image registry.example/a:1: dial tcp: lookup registry.example: no such host',
    )
    expect(error.hint).toContain('images import')
  })

  it('the CRI client reports a runtime that never answers', async () => {
    const { cri } = await client({ Version: () => undefined }, 50)
    expect((await failure(cri.version())).message).toContain('DeadlineExceeded: no answer within 0.05 s')
  })

  it.each<[string, Handler, string]>([
    ['cuts the connection', stream => stream.session?.destroy(), 'Unavailable'],
    [
      'ends without a status',
      stream => stream.respond({ ':status': 200 }, { endStream: true }),
      'Unavailable: the response was truncated',
    ],
    [
      'is a web server',
      stream => stream.respond({ ':status': 404 }, { endStream: true }),
      'Unknown: the answer is HTTP 404',
    ],
    ['sends half a message', replyHalf, 'Internal: the response is not a single'],
  ])('the CRI client reports a runtime that %s', async (_title, handler, message) => {
    const { cri } = await client({ Version: handler })
    expect((await failure(cri.version())).message).toContain(message)
  })
})

describe('CRI messages', () => {
  it('CRI messages have the field numbers of the API on the wire', () => {
    const writer = protobuf.Writer.create().uint32(26).string('v2.4.2').uint32(18).string('containerd')
    expect(decodeMessage('VersionResponse', writer.finish())).toEqual({
      runtimeName: 'containerd',
      runtimeVersion: 'v2.4.2',
    })
    const bytes = [...encodeMessage('PullImageRequest', { image: { image: 'a' } })]
    expect(bytes).toEqual([10, 3, 10, 1, 97])
  })
})
