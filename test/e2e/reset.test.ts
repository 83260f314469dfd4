import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { echoImage } from '../lab/images.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { programOnNode } from '../lab/program.ts'
import { type Answer, answerHere, answerOn, type Here, ignoring, kadmBinds, kadmHere, kadmOn } from './kadm.ts'
import { startOn } from './killing.ts'
import { difference, type MachineState, machineState } from './machine-state.ts'
import { kubectl, untilReady } from './observe.ts'
import { watchedRun } from './watch.ts'

interface ResetAnswer extends Answer {
  readonly nodes: readonly {
    readonly name: string
    readonly changes: number
    readonly goneForGood: readonly string[]
    readonly backups: readonly string[]
    readonly stays: readonly string[]
  }[]
  readonly warnings: readonly string[]
}

const config = ['--config', '/root/init.yaml'] as const
const resetOn = (node: LabNode, ...args: string[]) => answerOn(node, ['reset', '-f', ...args]) as Promise<ResetAnswer>

/** Files that a reset leaves although they did not exist before init, and why. */
const filesLeft: readonly (readonly [what: RegExp, why: string])[] = [
  [/^\+ drwx------ root:root \/etc\/kubernetes\/manifests$/, 'kubeadm keeps the emptied directory, too'],
  [/^\+ drwxr-xr-x root:root \/etc\/kubernetes\/pki$/, 'kubeadm keeps the emptied directory, too'],
  [/^\+ drwx------ root:root \/var\/lib\/etcd$/, 'kubeadm keeps the emptied directory, too; it may be a mount'],
  [/^\+ \/run\/kadm(\/claim)?$/, 'the claim of the run itself; gone at the next boot'],
  [/ \/usr\/libexec\/kubernetes(\/|$)/, 'for volume plugins; made by the kubelet, and kept by kubeadm, too'],
  [/ \/usr\/lib\/modules$/, 'made by the runtime because kube-proxy mounts it; kept by kubeadm, too'],
  [/ \/var\/log\/(pods|containers)(\/|$)/, 'logs of the pods, for looking back'],
  [/ \/etc\/cni\/net\.d\/10-lab\.conflist$/, 'of the network plugin, which an operator put there'],
  [/ \/var\/lib\/cni(\/|$)/, 'of the network plugin'],
  [/^\+ \/run\/(cni|netns)/, 'of the network plugin; gone at the next boot'],
  [/ \/root\/\.kube(\/|$)/, 'the cache of the kubectl that this test uses'],
]

const unexpected = (lines: readonly string[], allowed = filesLeft) =>
  lines.filter(line => !allowed.some(([what]) => what.test(line)))

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
let fresh: MachineState
let freshWorker: MachineState

beforeAll(async () => {
  lab = await startLab({ name: 'reset', most: { controlPlanes: 1, workers: 1 } })
  here = await kadmHere(lab)
  const nodes = await lab.startNodes({ name: 'cp1', binds: kadmBinds }, { name: 'w1', binds: kadmBinds })
  ;[cp, worker] = nodes as [LabNode, LabNode]
  await cp.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
  ;[fresh, freshWorker] = [await machineState(cp), await machineState(worker)]
  await answerOn(cp, ['init', ...config])
  await answerHere(here, ['join', '--host', worker.ssh(), '--from', cp.ssh(), ...ignoring])
  await kubectl(cp, 'wait --for=create node/w1 --timeout=60s')
  await lab.connectPods(cp)
  await untilReady(cp, ['cp1', 'w1'])
})
afterAll(() => lab?.stop())

/** One pod that its budget does not allow to evict, and one without a controller. */
const pods = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: echo, image: ${echoImage}, imagePullPolicy: Never }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
---
apiVersion: v1
kind: Pod
metadata: { name: bare }
spec: { nodeName: w1, containers: [{ name: echo, image: ${echoImage}, imagePullPolicy: Never }] }
`

describe('a worker', () => {
  it('node remove removes a worker only when its pods can be evicted', async () => {
    await kubectl(cp, 'apply -f -', pods)
    await kubectl(cp, 'wait --for=condition=Ready pod/bare --timeout=60s')
    await kubectl(cp, 'rollout status deployment/web --timeout=60s')
    const remove = ['node', 'remove', 'w1', '--host', cp.ssh(), '--timeout', '3s', '-o', 'json']
    const held = async () => JSON.parse((await here.run(remove)).stdout) as { error: { code: string; message: string } }
    expect((await held()).error).toMatchObject({
      code: 'DRAIN_BLOCKED',
      message: expect.stringContaining('default/bare'),
    })
    await kubectl(cp, 'delete pod bare --now')
    const { error } = await held()
    expect(error).toMatchObject({
      code: 'DRAIN_BLOCKED',
      problems: expect.arrayContaining([{ message: expect.stringMatching(/default\/web-.*budget/) }]),
    })
    await kubectl(cp, 'delete poddisruptionbudget web')
    const removed = (await answerHere(here, remove.slice(0, 5))) as unknown as {
      readonly podsEvicted: readonly string[]
    }
    expect(removed.podsEvicted).toContainEqual(expect.stringMatching(/^default\/web-/))
    expect(await kubectl(cp, 'get nodes -o name')).toBe('node/cp1\n')
  })

  it('reset over SSH of a worker keeps and reports files that do not belong to the cluster', async () => {
    await worker.run('mkdir -p /var/lib/etcd/member && echo mine > /var/lib/etcd/member/db')
    await worker.writeFile('/etc/kubernetes/mine.yaml', 'mine\n')
    const words = ['reset', '-f', '--host', worker.ssh('ops'), '-o', 'json', '--progress', 'plain']
    const { code, stdout, leaks } = await watchedRun(here, words, { nodes: [worker] })
    expect([code, leaks]).toEqual([0, []])
    const answer = JSON.parse(stdout) as ResetAnswer
    expect(answer.nodes).toMatchObject([{ name: 'w1', role: 'worker', goneForGood: [] }])
    const stays = answer.nodes[0]?.stays.join('\n') ?? ''
    expect(stays).toContain('/etc/kubernetes/mine.yaml: not written by kubeadm or kadm')
    expect(stays).toContain('/var/lib/etcd: etcd data')
    expect(stays).toMatch(/chains KUBE-\* of iptables/)
    expect(await worker.readFile('/var/lib/etcd/member/db')).toBe('mine\n')
  })

  it('reset returns a worker to its state before the join, except for the listed files', async () => {
    const after = await machineState(worker)
    const mine = [/ \/etc\/kubernetes\/mine\.yaml$/, / \/var\/lib\/etcd(\/member(\/db)?)?$/].map(
      what => [what, 'of this test'] as const,
    )
    expect(unexpected(difference(freshWorker.files, after.files), [...filesLeft, ...mine])).toEqual([])
    expect(difference(freshWorker.mounts, after.mounts)).toEqual([])
    expect(unexpected(difference(freshWorker.processes, after.processes), kubeletAlone)).toEqual([])
  })

  it('a repeated reset of a worker changes nothing', async () => {
    expect((await resetOn(worker)).changes).toEqual([])
  })
})

/** Interfaces of the pod network on the node of CoreDNS. */
const ofPlugin = [[/^\+ (cni0|veth\w+)$/, 'of the network plugin']] as const

/** Before init the kubelet restarts repeatedly, so that it may be listed. */
const kubeletAlone = [[/^- kubelet$/, 'stopped by reset']] as const

describe('the only control plane', () => {
  it.each([
    ['a no', 'n\n', "won't proceed"],
    ['something else', 'maybe\n', "won't proceed"],
    ['no answer on stdin', '', 'confirmation is required'],
  ])('reset of the only control plane asks for confirmation and changes nothing after %s', async (_, stdin, words) => {
    const { code, stdout, stderr } = await cp.run([programOnNode, 'reset'], { stdin, check: false })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/cp1 is the last control plane node of its cluster[\s\S]*ca\.key[\s\S]*\/var\/lib\/etcd/)
    expect(stderr).toContain(words)
    expect(await kubectl(cp, 'get --raw /readyz')).toBe('ok')
  })

  it('a dry run of reset prints what the reset then does, and changes nothing', async () => {
    const before = await machineState(cp)
    const { stdout } = await kadmOn(cp, ['reset', '--dry-run', '-o', 'json'])
    const dry = JSON.parse(stdout) as { changes: readonly { phase: string; kind: string; what: string }[] }
    const after = await machineState(cp)
    expect(difference(before.files, after.files).filter(line => !line.includes('/root/.kube'))).toEqual([])
    // Short processes of kube-proxy and the kubelet that maintain their chains.
    const lasting = (line: string) => !/(ip6?tables|xtables|runc)/.test(line)
    expect(difference(before.processes, after.processes).filter(lasting)).toEqual([])
    const shown = ({ phase, kind, what }: (typeof dry.changes)[number]) => `${phase}: ${kind} ${what}`
    const real = await resetOn(cp, '--backup', '/root/backup')
    const own = (line: string) => !line.includes('/root/backup') && !line.endsWith(' /var/lib/kadm')
    expect(real.changes.map(shown).filter(own).sort()).toEqual(dry.changes.map(shown).filter(own).sort())
    expect(real.nodes[0]?.goneForGood).toContain('/var/lib/etcd')
    expect(real.nodes[0]?.backups).toHaveLength(1)
  })

  it('reset returns a control plane to its state before init, except for the listed files', async () => {
    const after = await machineState(cp)
    const copy = [[/ \/root\/backup(\/|$)/, 'the copy that was asked for']] as const
    expect(unexpected(difference(fresh.files, after.files), [...filesLeft, ...copy])).toEqual([])
    expect(difference(fresh.mounts, after.mounts)).toEqual([])
    expect(unexpected(difference(fresh.processes, after.processes), kubeletAlone)).toEqual([])
    const rules = difference(fresh.rules, after.rules)
    expect(rules.every(line => line.startsWith('+ ') && line.includes('KUBE-'))).toBe(true)
    expect(unexpected(difference(fresh.links, after.links), ofPlugin)).toEqual([])
  })

  it('the backup of reset is readable only by root, and etcdutl accepts its snapshot', async () => {
    const { stdout } = await cp.run('cd /root/backup/*/ && stat -c "%a %U" . && find . -name ca.key -o -name db | sort')
    expect(stdout.trim().split('\n')).toEqual([
      '700 root',
      './etc/kubernetes/pki/ca.key',
      './etc/kubernetes/pki/etcd/ca.key',
      './var/lib/etcd/member/snap/db',
    ])
    const check = '/opt/oracle/v1.37.2/etcdutl snapshot status -w json /root/backup/*/var/lib/etcd/member/snap/db'
    expect(JSON.parse((await cp.run(check)).stdout)).toMatchObject({ totalKey: expect.any(Number) })
  })

  it('a repeated reset of a control plane changes nothing', async () => {
    expect((await resetOn(cp)).changes).toEqual([])
  })

  it('reset with --cleanup-network after a new init leaves no rule of kube-proxy', async () => {
    await answerOn(cp, ['init', ...config])
    await kubectl(cp, '-n kube-system rollout status daemonset/kube-proxy --timeout=120s')
    const answer = await resetOn(cp, '--cleanup-network')
    const after = await machineState(cp)
    expect(difference(fresh.rules, after.rules)).toEqual([])
    expect(answer.nodes[0]?.stays.filter(line => line.includes('--cleanup-network'))).toEqual([])
    expect(after.files.filter(line => line.includes('/etc/cni/net.d/'))).toEqual([])
  })
})

describe('a partly created node', () => {
  it.each([
    ['certs/ca', 'by a kadm init that was killed while it created certificates'],
    ['kubelet-start', 'by a kadm init that was killed after the start of the kubelet'],
    ['wait-control-plane/api', 'by a kadm init that was killed while static pods started'],
  ])('reset at the phase %s removes a node created %s', async phase => {
    const running = startOn(cp, ['init', ...config])
    await running.until(event => event.type === 'step-started' && event.phase === phase)
    running.kill()
    await running.ended
    await resetOn(cp)
    const after = await machineState(cp)
    const copy = [[/ \/root\/backup(\/|$)/, 'of the test before']] as const
    expect(unexpected(difference(fresh.files, after.files), [...filesLeft, ...copy])).toEqual([])
    expect(difference(fresh.mounts, after.mounts)).toEqual([])
    expect(unexpected(difference(fresh.processes, after.processes), kubeletAlone)).toEqual([])
  })

  it('reset removes at least as much of a kubeadm init as kubeadm reset does', async () => {
    await cp.run(`kubeadm init --config /root/init.yaml`, { timeoutMs: 200_000 })
    await resetOn(cp)
    const ours = await machineState(cp)
    await cp.run(`kubeadm init --config /root/init.yaml`, { timeoutMs: 200_000 })
    await cp.run('kubeadm reset -f', { timeoutMs: 200_000 })
    const theirs = await machineState(cp)
    const more = difference(theirs.files, ours.files).filter(
      line => line.startsWith('+ ') && !line.includes('/var/log/'),
    )
    expect(more).toEqual([])
    expect(difference(theirs.mounts, ours.mounts)).toEqual([])
    expect(unexpected(difference(theirs.processes, ours.processes), kubeletAlone)).toEqual([])
  })
})
