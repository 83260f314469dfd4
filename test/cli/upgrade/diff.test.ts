import { describe, expect, it } from 'vitest'
import { parseDiff } from '../../../src/cli/upgrade/diff/parse.ts'
import { diffAnswer } from '../../../src/cli/upgrade/diff/result.ts'
import { upgradeDiff } from '../../../src/phases/upgrade-pipelines.ts'
import type { Change } from '../../../src/pipeline/events.ts'
import { makePlan } from '../../../src/pipeline/plan.ts'
import { presentDiff } from '../../../src/ui/present-diff.ts'
import { makeCluster, makeNode, makeRequest } from '../../fixtures/cluster.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

const options = { progress: 'auto', output: 'text', v: 0, kubeconfig: '/etc/kubernetes/admin.conf' } as const
const configured = `apiVersion: kubeadm.k8s.io/v1beta4
kind: UpgradeConfiguration
diff: {kubernetesVersion: v1.36.2, contextLines: 5}
`

describe('the command line of upgrade diff', () => {
  it('without arguments, the target is the version of the cluster, with three lines of context', () => {
    const asked = parseDiff({ version: undefined, options })
    expect(asked.upgrade).not.toHaveProperty('version')
    expect(asked.contextLines).toBe(3)
    expect(asked).toMatchObject({ access: 'read', dryRun: true })
  })

  it.each([
    [['stable-1.37', '-c', 'few'], /--context-lines few is not a number of lines/],
    [['v1.35.4'], /only supports deploying clusters with the control plane version >= 1.36.0/],
    [['1.x'], /doesn't match patterns/],
    [['v1.37.2', '--patches', '/does/not/exist'], /could not list patch files/],
    [['--config', '{dir}/c.yaml', '-c', '1'], /can not mix '--config' with arguments \[context-lines\]/],
  ])('upgrade diff rejects %j before it reaches a host', async (argv, reason) => {
    const { code, stderr } = await runKadm(['upgrade', 'diff', ...deadHost, ...argv], { 'c.yaml': configured })
    expect(code).toBe(2)
    expect(stderr).toMatch(reason)
  })

  it('the file sets the version and the lines of context, and the argument takes precedence', async () => {
    const argv = ['upgrade', 'diff', ...deadHost, '--config', '{dir}/c.yaml']
    expect(await runKadm(argv, { 'c.yaml': configured })).toMatchObject({ code: 4 })
    expect(await runKadm([...argv, 'v1.37.2'], { 'c.yaml': configured })).toMatchObject({ code: 4 })
  })
})

const nodes = [makeNode(), makeNode({ name: 'w1', role: 'worker' })]
const cluster = makeCluster({ nodes })
const targets = nodes.map(node => ({ cluster, node, request: makeRequest({ from: 'v1.36.3' }) }))

const file: Change = {
  ...{ kind: 'file', on: 'w1', what: '/var/lib/kubelet/config.yaml', mode: 0o644 },
  ...{ before: 'a: 1\nb: 2\nc: 3\n', after: 'a: 1\nb: 5\nc: 3\n' },
}
const object: Change = { kind: 'object', on: 'cluster', what: 'ConfigMap kube-system/kubeadm-config', after: 'x: 1\n' }

function answer(contextLines: number) {
  const { steps } = makePlan('upgrade diff', upgradeDiff(targets), {})
  const [cp, worker] = [steps[0], steps.find(({ node }) => node.name === 'w1')]
  if (cp === undefined || worker === undefined) throw new Error('the plan has no steps')
  const made = [
    { step: cp, changes: [object, { kind: 'exec', on: 'cp1', what: 'true' } as const] },
    { step: worker, changes: [file] },
  ]
  return diffAnswer(targets, { steps: made }, contextLines)
}

describe('the result of upgrade diff', () => {
  it('the plan has files of every node, and objects of the cluster once', () => {
    const { steps } = makePlan('upgrade diff', upgradeDiff(targets), {})
    expect(steps.map(({ node, phase }) => `${node.name} ${phase.id}`)).toEqual([
      'cp1 control-plane',
      'cp1 kubeconfig',
      'cp1 kubelet-config',
      'w1 kubelet-config',
      'cp1 upload-config/kubeadm',
      'cp1 upload-config/kubelet',
      'cp1 bootstrap-token',
      'cp1 addon/coredns',
      'cp1 addon/kube-proxy',
    ])
  })

  it('the answer has the files first, complete texts, and no commands', () => {
    expect(answer(0)).toEqual({
      from: 'v1.36.3',
      to: 'v1.37.2',
      nodes: [
        { name: 'cp1', role: 'control-plane' },
        { name: 'w1', role: 'worker' },
      ],
      changes: [
        {
          kind: 'file',
          node: 'w1',
          what: '/var/lib/kubelet/config.yaml',
          before: 'a: 1\nb: 2\nc: 3\n',
          after: 'a: 1\nb: 5\nc: 3\n',
          diff: ['@@ -2 +2 @@', '-b: 2', '+b: 5'],
        },
        {
          kind: 'object',
          what: 'ConfigMap kube-system/kubeadm-config',
          after: 'x: 1\n',
          diff: ['@@ -0,0 +1 @@', '+x: 1'],
        },
      ],
    })
  })

  it('the changes of a phase have the same order, in whatever order they were made', () => {
    const [step] = makePlan('upgrade diff', upgradeDiff(targets), {}).steps
    if (step === undefined) throw new Error('the plan has no steps')
    const other: Change = { ...object, what: 'ConfigMap kube-system/coredns' }
    const names = (changes: readonly Change[]) =>
      diffAnswer(targets, { steps: [{ step, changes }] }, 3).changes.map(({ what }) => what)
    expect(names([object, other])).toEqual(names([other, object]))
  })

  it('the text is a unified diff with the name of the node of each file', () => {
    expect(presentDiff(answer(1).changes, { several: true, color: false })).toBe(`--- w1:/var/lib/kubelet/config.yaml
+++ new file
@@ -1,3 +1,3 @@
 a: 1
-b: 2
+b: 5
 c: 3
--- /dev/null
+++ ConfigMap kube-system/kubeadm-config
@@ -0,0 +1 @@
+x: 1
`)
  })
})
