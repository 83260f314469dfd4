import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BalancedCluster, startBalancedCluster } from '../e2e/ha/balanced.ts'
import { startWriting } from '../e2e/ha/client.ts'
import { startFetching } from '../e2e/ha/steady.ts'
import { answerHere, type Here, ignoring } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { binaries, old, provideKubelet, target } from '../e2e/old-cluster.ts'
import { echoImage } from '../lab/images.ts'
import type { LabNode } from '../lab/lab.ts'
import { oracleKubeadm } from '../lab/oracle.ts'

const controlPlanes = ['cp1', 'cp2', 'cp3'] as const
const names = [...controlPlanes, 'w1', 'w2']

let cluster: BalancedCluster
let here: Here
const node = (name: string): LabNode => cluster.node(name)
const hosts = (...of: readonly string[]) => cluster.hosts(...of)

beforeAll(async () => {
  cluster = await startBalancedCluster({
    ...{ name: 'upgrades', version: old, versions: [old, target] },
    ...{ controlPlanes, workers: ['w1', 'w2'] },
  })
  here = cluster.here
  await provideKubelet(names.map(node), target)
  await cluster.lab.connectPods(node('cp1'))
  await untilReady(node('cp1'), names)
  await kubectl(node('cp1'), 'apply -f -', workload)
  await kubectl(node('cp1'), 'rollout status deployment/pair --timeout=120s')
})
afterAll(() => cluster?.stop())

/** Two replicas on different nodes behind a Service. A budget requires one of them. */
const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: pair }
spec:
  replicas: 2
  selector: { matchLabels: { app: pair } }
  template:
    metadata: { labels: { app: pair } }
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: pair } } }
      containers:
        - name: echo
          image: ${echoImage}
          imagePullPolicy: Never
          readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: pair }
spec: { minAvailable: 1, selector: { matchLabels: { app: pair } } }
---
apiVersion: v1
kind: Service
metadata: { name: pair }
spec: { selector: { app: pair }, ports: [{ port: 80, targetPort: 8080 }] }
`

/** Records the available replicas of the workload on a control plane, each time that they change. */
async function recordAvailable(): Promise<() => Promise<readonly number[]>> {
  const watch = `kubectl get deployment pair -w -o jsonpath='{.status.availableReplicas}{"\\n"}'`
  const loop = `export KUBECONFIG=/etc/kubernetes/admin.conf; while :; do ${watch}; sleep 0.2; done >>/run/available 2>/dev/null`
  await node('cp1').run(['systemd-run', '--unit=recorder', 'sh', '-c', loop])
  return async () => {
    await node('cp1').run('systemctl stop recorder')
    return (await node('cp1').readFile('/run/available')).trim().split('\n').map(Number)
  }
}

async function versions(): Promise<readonly string[]> {
  const fields = '{.metadata.name} {.spec.unschedulable} {.status.nodeInfo.kubeletVersion}{"\\n"}'
  const text = await kubectl(node('cp1'), `get nodes -o jsonpath='{range .items[*]}${fields}{end}'`)
  return text.trim().split('\n')
}

interface Answer {
  readonly seconds: number
  readonly to: string
  readonly left: readonly string[]
}

describe('upgrade cluster with three control planes and two workers', () => {
  it('clients of the API and of a Service continue while all nodes are upgraded', async () => {
    const uids = () =>
      kubectl(node('cp1'), 'get deployment,service,pdb,namespace -A -o jsonpath={.items[*].metadata.uid}')
    const before = await uids()
    const { stdout: kubeconfig } = await node('cp2').run('cat /etc/kubernetes/admin.conf')
    const ip = (await kubectl(node('cp3'), 'get service pair -o jsonpath={.spec.clusterIP}')).trim()
    const available = await recordAvailable()
    const writing = await startWriting(kubeconfig)
    const fetching = await startFetching(node('cp3'), `http://${ip}/`)
    const words = ['upgrade', 'cluster', target, '-y', ...hosts(...names), '--binaries', binaries, ...ignoring]
    const started = performance.now()
    const answer = (await answerHere(here, words)) as unknown as Answer
    const seconds = Math.round((performance.now() - started) / 1000)
    await Promise.all([writing.finish(), fetching.finish()])
    const replicas = await available()
    console.log(
      `upgraded in ${seconds} s; ${writing.written.length} writes, longest gap ${writing.longestGapMs} ms;`,
      `${fetching.requests} requests to the Service, retried ${fetching.retried.length};`,
      `replicas: ${replicas.join(' ')}`,
    )
    expect(answer).toMatchObject({ to: target, left: [] })
    expect({ lost: writing.lost, failed: fetching.failed }).toEqual({ lost: [], failed: [] })
    expect(writing.longestGapMs).toBeLessThan(5000)
    expect(Math.min(...replicas)).toBe(1)
    expect(await versions()).toEqual(names.map(name => `${name}  ${target}`))
    expect(await uids()).toBe(before)
    await untilReady(node('cp1'), names)
  })

  it('kubeadm finds nothing to upgrade on any control plane', async () => {
    for (const name of controlPlanes) {
      const diff = await node(name).run([oracleKubeadm(target), 'upgrade', 'diff', target], { timeoutMs: 120_000 })
      expect(diff.stdout.split('\n').filter(line => /^[-+] /.test(line))).toEqual([])
    }
    const plan = [oracleKubeadm(target), 'upgrade', 'plan', target, ...ignoring]
    expect((await node('cp1').run(plan, { timeoutMs: 120_000 })).stdout).not.toMatch(
      /kubelet +\d+ x v1\.36|v1\.36\.3 +v1\.37\.2/,
    )
  })

  it('kubeadm joins a node to the upgraded cluster', async () => {
    await answerHere(here, ['reset', '-f', ...hosts('w2')])
    await answerHere(here, ['node', 'remove', 'w2', '--force', ...hosts('cp1')])
    const printed = await node('cp1').run([oracleKubeadm(target), 'token', 'create', '--print-join-command'])
    const join = printed.stdout.trim().replace(/^kubeadm/, oracleKubeadm(target))
    await node('w2').run(`${join} --ignore-preflight-errors=all`, { timeoutMs: 280_000 })
    await cluster.lab.connectPods(node('cp1'))
    await untilReady(node('cp1'), names)
  })
})
