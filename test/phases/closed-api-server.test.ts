import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { CriContainer } from '../../src/clients/cri/cri.ts'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { closedApiServer } from '../../src/phases/closed-api-server.ts'

const manifest = {
  '/etc/kubernetes/manifests/kube-apiserver.yaml':
    '{apiVersion: v1, kind: Pod, spec: {containers: [{name: kube-apiserver, image: "kube-apiserver:v1.37.2", command: [kube-apiserver]}]}}',
}

const container = (id: string, state: CriContainer['state'] = 'running'): CriContainer => ({
  ...{ id, name: 'kube-apiserver', pod: 'kube-apiserver-cp1', namespace: 'kube-system', attempt: 0, logPath: '' },
  ...{ state, createdAt: new Date() },
})

/** A node whose API server is open or closed at each call, in this order. Returns what was stopped, and how. */
async function stoppedAfter(
  open: readonly boolean[],
  { grace = 0, containers = () => [container('a')], files = manifest }: Partial<Options> = {},
): Promise<readonly string[]> {
  const stopped: string[] = []
  const states = [...open]
  const hasten = await closedApiServer(
    {
      host: fakeHost({
        files,
        connect: target => {
          expect(target).toEqual({ host: '127.0.0.1', port: 6443 })
          return states.shift() === true ? new PassThrough() : undefined
        },
      }),
      cri: async () => ({
        ...fakeCri(),
        containers: async () => containers(states.length),
        stopContainer: async (id, graceSeconds) => void stopped.push(`${id} ${graceSeconds}`),
      }),
    },
    grace,
  )
  for (const _ of open) await hasten()
  return stopped
}

interface Options {
  readonly grace: number
  readonly containers: (left: number) => readonly CriContainer[]
  readonly files: Readonly<Record<string, string>>
}

describe('a kube-apiserver that is stopped', () => {
  const cases: readonly (readonly [string, readonly boolean[], Partial<Options>, readonly string[]])[] = [
    ['is killed once its port is closed and its grace period is over', [true, false, false], {}, ['a 0']],
    ['is killed only once', [true, false, false, false], {}, ['a 0']],
    ['is not killed before its grace period is over', [true, false, false], { grace: 60_000 }, []],
    ['is not killed while its port is open', [true, true, true], {}, []],
    ['is not killed if it was never seen with an open port', [false, false], {}, []],
    [
      'is not killed if it is the new one, which has not opened its port yet',
      [true, false],
      { containers: left => [container(left === 1 ? 'a' : 'b')] },
      [],
    ],
    [
      'is not killed if it has ended by itself',
      [true, false],
      { containers: left => [container('a', left === 1 ? 'running' : 'exited')] },
      [],
    ],
    ['is not asked on a node without a manifest of it', [true, false], { files: {} }, []],
  ]
  it.each(cases)('%s', async (_, open, options, expected) => {
    expect(await stoppedAfter(open, options)).toEqual(expected)
  })

  it('is left to the kubelet if the container runtime does not answer', async () => {
    const containers = () => {
      throw new KadmError('CRI_FAILED', 'the container runtime does not answer')
    }
    expect(await stoppedAfter([true, false], { containers })).toEqual([])
  })
})
