import { expect, it } from 'vitest'
import { isMadeOf, runsSame } from '../../../src/observe/start/kubelet-pods.ts'

const container = { image: 'example.com/a:1', command: ['a', '--flag=yes'], livenessProbe: { failureThreshold: 8 } }
const pod = { component: 'kube-apiserver', uid: 'u', spec: { hostNetwork: true, containers: [container] } }

const manifest = (hostNetwork: string, threshold: string, flag = '--flag=yes') => `spec:
  hostNetwork: ${hostNetwork}
  containers:
  - image: example.com/a:1
    command: [a, "${flag}"]
    livenessProbe: {failureThreshold: ${threshold}}
`

it.each([
  ['as kadm writes it', manifest('true', '8'), true],
  ["in the kubelet's YAML", manifest('yes', '010'), true],
  ['with another value', manifest('off', '8'), false],
  ['that is not YAML', '{', false],
])('isMadeOf compares a pod with a manifest %s', (_, text, expected) => {
  expect(isMadeOf(pod, text)).toBe(expected)
})

it('runsSame compares only the programs of a pod and a manifest', () => {
  expect(runsSame(pod, manifest('no', '9'))).toBe(true)
  expect(runsSame(pod, manifest('yes', '8', '--flag=no'))).toBe(false)
})
