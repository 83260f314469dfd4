import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { coredns } from '../../src/phases/addon/index.ts'
import { corednsConfigMap, corednsDeployment } from '../../src/render/objects/coredns.ts'
import { quickCluster, runPhase } from './run-phase.ts'

describe('addon/coredns', () => {
  const cluster = quickCluster()
  const corefile = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' }
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'kube-system', name: 'coredns' }

  it('the coredns phase keeps an edited Corefile', async () => {
    const theirs = { ...corednsConfigMap(cluster), data: { Corefile: 'theirs' } } as KubeObject
    const kube = fakeKube({ objects: [theirs] })
    await runPhase(coredns, { cluster, kube })
    expect(await kube.get(corefile)).toMatchObject({ data: { Corefile: 'theirs' } })
  })

  it('the coredns phase keeps the number of replicas and updates the image', async () => {
    const older = quickCluster({ config: { dns: { imageTag: 'v1.0.0' } } })
    const kube = fakeKube({ objects: [corednsDeployment(older, { replicas: 5 }) as KubeObject] })
    await runPhase(coredns, { cluster, kube })
    const found = await kube.get(deployment)
    expect(found).toMatchObject({ spec: { replicas: 5 } })
    expect(JSON.stringify(found)).toContain('coredns/coredns:v1.14.6')
  })

  it('the coredns phase creates CoreDNS with two replicas', async () => {
    const kube = fakeKube()
    await runPhase(coredns, { cluster, kube })
    expect(await kube.get(deployment)).toMatchObject({ spec: { replicas: 2 } })
  })
})
