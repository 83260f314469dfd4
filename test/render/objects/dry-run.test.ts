import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { controlPlanesOf } from '../../../src/cluster/cluster.ts'
import type { KubeObject } from '../../../src/cluster/kube-object.ts'
import { completeInit } from '../../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../../src/config/init.ts'
import { bootstrapTokenSecret } from '../../../src/render/objects/bootstrap-token.ts'
import { clusterInfoConfigMap, kubeadmConfigMap, kubeletConfigMap } from '../../../src/render/objects/config-map.ts'
import {
  corednsConfigMap,
  corednsDeployment,
  corednsRbac,
  corednsService,
} from '../../../src/render/objects/coredns.ts'
import { kubeProxyObjects } from '../../../src/render/objects/kube-proxy.ts'
import {
  bootstrapRbac,
  kubeadmCertsRbac,
  kubeadmConfigRbac,
  kubeletConfigRbac,
} from '../../../src/render/objects/rbac.ts'
import { makeFacts } from '../../fixtures/cluster.ts'

const read = (file: string) => readFileSync(new URL(`../../fixtures/objects/${file}`, import.meta.url), 'utf8')
const recorded = parseAllDocuments(read('kubeadm-v1.37.2.yaml')).map(doc => doc.toJS() as KubeObject)
const recordedAt = new Date('2026-11-23T10:28:34Z')

function rendered(): readonly KubeObject[] {
  const parsed = parseInit({
    file: { path: 'config.yaml', text: read('config.yaml') },
    flags: {},
    startedAt: recordedAt,
    randomToken: () => '',
  })
  const proxyEnv = [
    { name: 'HTTPS_PROXY', value: 'http://proxy:3128' },
    { name: 'NO_PROXY', value: '10.77.0.11,api.example.com' },
  ]
  const { cluster, request } = completeInit(settleInit(parsed, undefined), makeFacts({ proxyEnv }))
  const [node] = controlPlanesOf(cluster)
  const info = recorded.find(object => object.metadata.name === 'cluster-info')?.data as Record<string, string>
  const ca = /certificate-authority-data: (\S+)/.exec(info.kubeconfig ?? '')?.[1] ?? ''
  const caPem = Buffer.from(ca, 'base64').toString()
  return [
    kubeadmConfigMap(cluster),
    kubeletConfigMap(cluster),
    clusterInfoConfigMap({ server: 'https://api.example.com:6443', caPem }),
    ...request.bootstrapTokens.map(token => bootstrapTokenSecret(token, recordedAt)),
    ...[corednsConfigMap(cluster), corednsDeployment(cluster), corednsService(cluster), ...corednsRbac()],
    ...(node === undefined ? [] : kubeProxyObjects(cluster, node)),
    ...[...kubeadmConfigRbac(), ...kubeletConfigRbac(), ...kubeadmCertsRbac(), ...bootstrapRbac()],
  ]
}

/** Go prints some empty fields, sends kube-dns with a version, and lets the server set the API group of subjects. */
const silent: Readonly<Record<string, (value: unknown) => boolean>> = {
  status: () => true,
  resourceVersion: () => true,
  resources: isEmpty,
  strategy: isEmpty,
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function comparable(object: KubeObject): unknown {
  return JSON.parse(
    JSON.stringify(object, (key, value: unknown) => {
      if (value === null || silent[key]?.(value)) return undefined
      if (key !== 'subjects') return value
      return (value as Record<string, string>[]).map(({ apiGroup, ...subject }) => subject)
    }),
  )
}

describe('the objects that kubeadm 1.37.2 creates', () => {
  const ours = new Map(rendered().map(object => [`${object.kind} ${object.metadata.name}`, object]))

  it.each(recorded.map(object => [`${object.kind} ${object.metadata.name}`, object] as const))(
    'the object %s has the content and hash that kubeadm 1.37.2 writes',
    (id, theirs) => {
      const object = ours.get(id)
      expect(object && comparable(object)).toEqual(comparable(theirs))
    },
  )

  it('kadm creates exactly the objects that kubeadm 1.37.2 creates', () => {
    expect([...ours.keys()].sort()).toEqual(recorded.map(o => `${o.kind} ${o.metadata.name}`).sort())
  })
})
