import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { CriContainer } from '../../src/clients/cri/cri.ts'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { closedApiServer } from '../../src/phases/closed-api-server.ts'

const path = '/etc/kubernetes/manifests/kube-apiserver.yaml'
const manifest = {
  [path]:
    '{apiVersion: v1, kind: Pod, spec: {containers: [{name: kube-apiserver, image: "kube-apiserver:v1.37.2", command: [kube-apiserver]}]}}',
}

const container = (id: string, state: CriContainer['state'] = 'running'): CriContainer => ({
  ...{ id, name: 'kube-apiserver', pod: 'kube-apiserver-cp1', namespace: 'kube-system', attempt: 0, logPath: '' },
  ...{ state, createdAt: new Date() },
})

type Port = 'open' | 'closed' | 'lost'

/** A node whose API server has these ports at each call. Returns what was stopped, and with which grace period. */
async function stoppedAfter(
  ports: readonly Port[],
  { grace = 0, containers = () => [container('a')], files = manifest, stop }: Partial<Options> = {},
): Promise<readonly string[]> {
  const stopped: string[] = []
  let port: Port = 'open'
  const hasten = await closedApiServer(
    {
      host: {
        ...fakeHost({ files }),
        connect: async target => {
          expect(target).toEqual({ host: '127.0.0.1', port: 6443 })
          if (port === 'open') return new PassThrough()
          throw new KadmError('HOST_CONNECT', port, { reason: port === 'closed' ? 'refused' : 'no-route' })
        },
      },
      cri: async () => ({
        ...fakeCri(),
        containers: async () => containers(port),
        stopContainer: async (id, graceSeconds) => {
          stop?.()
          stopped.push(`${id} ${graceSeconds}`)
        },
      }),
    },
    grace,
  )
  for (const next of ports) {
    port = next
    await hasten()
  }
  return stopped
}

interface Options {
  readonly grace: number
  readonly containers: (port: Port) => readonly CriContainer[]
  readonly files: Readonly<Record<string, string>>
  readonly stop: () => void
}

const silent = () => {
  throw new KadmError('CRI_FAILED', 'the container runtime does not answer')
}

describe('a kube-apiserver that is stopped', () => {
  const cases: readonly (readonly [string, readonly Port[], Partial<Options>, readonly string[]])[] = [
    ['is killed once its port is closed and its grace period is over', ['open', 'closed'], {}, ['a 0']],
    ['is killed only once', ['open', 'closed', 'closed', 'closed'], {}, ['a 0']],
    ['is not killed before its grace period is over', ['open', 'closed', 'closed'], { grace: 60_000 }, []],
    ['is not killed while its port is open', ['open', 'open', 'open'], {}, []],
    ['is not killed if its host is not reachable', ['open', 'lost', 'lost'], {}, []],
    ['is not killed if it was never seen with an open port', ['closed', 'closed'], {}, []],
    [
      'is not killed if it is the new one, which has not opened its port yet',
      ['open', 'closed'],
      { containers: port => [container(port === 'open' ? 'a' : 'b')] },
      [],
    ],
    [
      'is not killed if it has ended by itself',
      ['open', 'closed'],
      { containers: port => [container('a', port === 'open' ? 'running' : 'exited')] },
      [],
    ],
    ['is not asked on a node without a manifest of it', ['open', 'closed'], { files: {} }, []],
    [
      'is not asked if its address cannot be read',
      ['open', 'closed'],
      {
        files: { [path]: manifest[path].replace('kube-apiserver]', 'kube-apiserver, --advertise-address=a b]') },
      },
      [],
    ],
    [
      'is left to the kubelet if the container runtime does not list it',
      ['open', 'closed'],
      { containers: silent },
      [],
    ],
    ['is left to the kubelet if the container runtime does not kill it', ['open', 'closed'], { stop: silent }, []],
  ]
  it.each(cases)('%s', async (_, ports, options, expected) => {
    expect(await stoppedAfter(ports, options)).toEqual(expected)
  })
})
