import { expect, it } from 'vitest'
import { renderEtcd } from '../../../src/render/etcd.ts'
import { renderKubeApiserver } from '../../../src/render/kube-apiserver.ts'
import { corednsDeployment } from '../../../src/render/objects/coredns.ts'
import { kubeProxyObjects } from '../../../src/render/objects/kube-proxy.ts'
import { readApiObject } from '../../../src/render/patches/api-object.ts'
import { toYaml } from '../../../src/yaml/write.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'

const cluster = makeCluster()
const node = makeNode()

it.each([renderEtcd(cluster, node), renderKubeApiserver(cluster, node)])(
  'readApiObject keeps a static pod unchanged: %#',
  pod => {
    const read = readApiObject('Pod', pod)
    expect(read.faults).toEqual([])
    expect(toYaml(read.tree)).toBe(toYaml(pod))
  },
)

it.each([corednsDeployment(cluster), ...kubeProxyObjects(cluster, node).filter(({ kind }) => kind === 'DaemonSet')])(
  'readApiObject knows all fields of the objects that kadm deploys: $kind',
  object => {
    expect(readApiObject(object.kind, object)).toMatchObject({ faults: [], tree: object })
  },
)

it.each([
  [{ spec: { hostNetwrk: true } }, 'spec.hostNetwrk', /PodSpec has no field/],
  [{ spec: { containers: {} } }, 'spec.containers', /is not a list/],
  [{ spec: { containers: [{ name: 1 }] } }, 'spec.containers[0].name', /is not a string/],
  [{ spec: { containers: ['a'] } }, 'spec.containers[0]', /is not a mapping/],
  [{ spec: { priority: 1.5 } }, 'spec.priority', /is not a whole number/],
  [{ spec: { hostIPC: 'yes' } }, 'spec.hostIPC', /is not true or false/],
  [{ spec: { overhead: { cpu: '1 core' } } }, 'spec.overhead.cpu', /is not a quantity/],
  [{ metadata: { labels: { a: true } } }, 'metadata.labels.a', /is not a string/],
  [{ metadata: { creationTimestamp: 'soon' } }, 'metadata.creationTimestamp', /is not a time/],
])('readApiObject names the field that is not valid in %j', (tree, path, message) => {
  expect(readApiObject('Pod', tree).faults).toEqual([{ path, message: expect.stringMatching(message) }])
})
