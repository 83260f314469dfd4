import { beforeAll, describe, expect, it } from 'vitest'
import { parseRotate, type RotateOptions } from '../../../src/cli/certs/rotate-ca/parse.ts'
import { rotationQuestion } from '../../../src/cli/certs/rotate-ca/question.ts'
import type { CaName } from '../../../src/cluster/node-files.ts'
import { type CaPair, goalOf, type RotationStep } from '../../../src/cluster/rotation.ts'
import type { FoundRotation } from '../../../src/compose/rotate-nodes.ts'
import { newCa } from '../../../src/pki/rotation.ts'
import { makeNode, makeRequest } from '../../fixtures/cluster.ts'
import { quickCluster } from '../../phases/run-phase.ts'
import { runKadm } from '../run-kadm.ts'

const options: RotateOptions = { kubeconfig: '/etc/kubernetes/admin.conf', progress: 'quiet', output: 'text', v: 0 }
const parse = (step: string | undefined, more: Partial<RotateOptions> = {}) =>
  parseRotate({ step, options: { ...options, ...more } }, new Date())

describe('the command line of certs rotate-ca', () => {
  it.each([
    ['no step', [], /rotate-ca needs a step/],
    ['an unknown step', ['finish'], /finish is not a step of rotate-ca/],
    ['a step and --all', ['prepare', '--all'], /--all and prepare cannot be combined/],
    ['an unknown CA', ['prepare', '--ca', 'kubelet'], /--ca kubelet is not a CA that can be rotated/],
    ['replace and --all', ['replace', '--all'], /replace and --all cannot be combined/],
    ['replace of one CA', ['replace', '--ca', 'etcd'], /replace and --ca cannot be combined/],
    ['a dry run of --all', ['--all', '--dry-run'], /--dry-run shows one step/],
  ])('certs rotate-ca rejects %s before it reaches a host', async (_, words, says) => {
    const { code, stderr } = await runKadm(['certs', 'rotate-ca', ...words])
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })

  it('--ca takes several CAs, once each', () => {
    expect(parse('prepare', { ca: ['cluster,etcd', 'etcd'] }).ask.cas).toEqual(['ca', 'etcd-ca'])
  })

  it.each([
    ['prepare', undefined, false],
    ['prepare', true, true],
    [undefined, undefined, true],
  ] as const)('step %s with --restart-pods %s restarts pods: %s', (step, restartPods, expected) => {
    const more = { ...(step === undefined ? { all: true } : {}), ...(restartPods ? { restartPods } : {}) }
    expect(parse(step, more).ask.restartPods).toBe(expected)
  })
})

let pair: CaPair
beforeAll(async () => {
  const input = { cluster: quickCluster(), node: makeNode(), algorithm: 'ECDSA-P256', startedAt: new Date() } as const
  pair = { old: await newCa('ca', input), new: await newCa('ca', input) }
})

/** A rotation of a cluster with these control planes and the worker w1. */
function foundIn(
  controlPlanes: readonly string[],
  steps: readonly RotationStep[],
  cas: readonly CaName[],
): FoundRotation {
  const nodes = [...controlPlanes.map(name => makeNode({ name })), makeNode({ name: 'w1', role: 'worker' })]
  const targetsOf = (step: RotationStep) => {
    const request = makeRequest({ goals: cas.map(ca => goalOf(ca, step, pair)) })
    return nodes.map(node => ({ cluster: quickCluster(), node, request }))
  }
  return { steps, targetsOf, states: new Map(), state: {}, stalePods: [] }
}

const asked = (more: Partial<RotateOptions> = {}) => parse('prepare', more)

describe('the question of certs rotate-ca', () => {
  it('names the nodes in their order, what restarts, and no outage with several control planes', () => {
    const { text, ask } = rotationQuestion(asked(), foundIn(['cp1', 'cp2'], ['prepare'], ['ca', 'etcd-ca']))
    expect(ask).toBe(true)
    expect(text).toBe(`prepare: the CA of the cluster, the CA of etcd
  trust the old and the new CA; the old one signs
  nodes, in this order: cp1, cp2, w1
  restarts on one node at a time: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, the kubelet
`)
  })

  it.each([
    ['prepare', ['ca'], false],
    ['reissue', ['ca'], true],
    ['prepare', ['etcd-ca'], true],
    ['reissue', ['etcd-ca'], false],
    ['distrust', ['front-proxy-ca'], false],
  ] as const)('%s of %s with one control plane announces an outage: %s', (step, cas, announced) => {
    const { text } = rotationQuestion(asked(), foundIn(['cp1'], [step], cas))
    expect(text.includes('its API does not answer')).toBe(announced)
  })

  it('does not name workers for a CA that concerns control planes only', () => {
    const { text } = rotationQuestion(asked(), foundIn(['cp1'], ['prepare'], ['front-proxy-ca']))
    expect(text).toContain('nodes, in this order: cp1\n')
    expect(text).toContain('nothing restarts')
  })

  it('lists the pods that lose the API', () => {
    const found = { ...foundIn(['cp1'], ['prepare', 'reissue'], ['ca']), stalePods: ['kube-system/coredns-1'] }
    expect(rotationQuestion(asked(), found).text).toMatch(/lose the API.*\n {2}kube-system\/coredns-1\n/)
  })

  it.each([{ yes: true }, { dryRun: true }])('is not asked with %j', more => {
    expect(rotationQuestion(asked(more), foundIn(['cp1'], ['prepare'], ['ca'])).ask).toBe(false)
  })
})
