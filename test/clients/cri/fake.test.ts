import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../../src/clients/cri/fake.ts'
import { type CriChange, journaledCri } from '../../../src/clients/cri/journaled.ts'
import { recordedCri } from '../../../src/clients/cri/recorded.ts'

describe('a fake container runtime', () => {
  it('the fake container runtime has the images that were configured or pulled', async () => {
    const cri = fakeCri({ images: ['a'], registry: ['b'] })
    await cri.pullImage('b')
    await expect(cri.pullImage('c')).rejects.toMatchObject({ code: 'CRI_FAILED' })
    expect([await cri.hasImage('a'), await cri.hasImage('b'), await cri.hasImage('c')]).toEqual([true, true, false])
    expect(cri.pulled).toEqual(['b'])
  })

  it('the fake container runtime fails with the configured error', async () => {
    const error = new Error('down')
    await expect(fakeCri({ error }).version()).rejects.toBe(error)
  })

  it('the fake container runtime filters containers by label', async () => {
    const container = (name: string) => ({
      id: name,
      name,
      pod: `${name}-cp1`,
      namespace: 'kube-system',
      state: 'running' as const,
      createdAt: new Date(0),
      attempt: 0,
      logPath: '',
    })
    const cri = fakeCri({ containers: [container('etcd'), container('kube-apiserver')] })
    const found = await cri.containers({ 'io.kubernetes.container.name': 'etcd' })
    expect(found.map(({ name }) => name)).toEqual(['etcd'])
  })
})

describe('a recorded container runtime', () => {
  it('the recorded container runtime pulls nothing and then reports the image as present', async () => {
    const cri = fakeCri()
    const recorded = recordedCri(cri)
    expect(await recorded.hasImage('a')).toBe(false)
    await recorded.pullImage('a')
    expect([await recorded.hasImage('a'), cri.pulled]).toEqual([true, []])
  })
})

const pod = (id: string, name: string) => {
  return { id, name, namespace: 'kube-system', createdAt: new Date(0), ofKubelet: true }
}

describe('removing pods', () => {
  const pods = [pod('p1', 'etcd-cp1'), pod('p2', 'kube-proxy-x')]
  const names = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name)

  it('removing a pod from the runtime is reported and keeps the other pods', async () => {
    const changes: CriChange[] = []
    const cri = journaledCri(fakeCri({ pods }), 'cp1', change => changes.push(change))
    await cri.removePod(pod('p1', 'etcd-cp1'))
    expect(names(await cri.pods())).toEqual(['kube-proxy-x'])
    expect(changes).toEqual([{ kind: 'pod', on: 'cp1', what: 'kube-system/etcd-cp1' }])
  })

  it('a dry run shows pods of the runtime as removed but does not remove them', async () => {
    const cri = fakeCri({ pods })
    const recorded = recordedCri(cri)
    await recorded.removePod(pod('p1', 'etcd-cp1'))
    expect([names(await recorded.pods()), names(await cri.pods())]).toEqual([
      ['kube-proxy-x'],
      ['etcd-cp1', 'kube-proxy-x'],
    ])
  })
})

describe('a journaled container runtime', () => {
  it('the journaled container runtime reports pulled images, but no failed pulls', async () => {
    const changes: CriChange[] = []
    const cri = journaledCri(fakeCri({ registry: ['a'] }), 'cp1', change => changes.push(change))
    await cri.pullImage('a')
    await expect(cri.pullImage('b')).rejects.toThrow()
    expect(changes).toEqual([{ kind: 'image', on: 'cp1', what: 'a' }])
  })
})
