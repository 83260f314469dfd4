import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Balancer } from '../../lab/balancer.ts'
import { echoImage } from '../../lab/images.ts'
import { type KubernetesVersion, type Lab, type LabNode, startLab } from '../../lab/lab.ts'
import { labKubeadmConfig } from '../../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmBinds, kadmHere } from '../kadm.ts'
import { askThroughService, kubectl, untilReady } from '../observe.ts'
import { startWriting } from './client.ts'

const controlPlanes = ['cp1', 'cp2', 'cp3'] as const
const workers = ['w1', 'w2'] as const

/** Three control planes and two workers: created, then the first one is lost and replaced. */
export function survivesLoss(version: KubernetesVersion): void {
  describe(`three control planes and two workers of ${version}`, () => {
    let lab: Lab
    let here: Here
    let balancer: Balancer
    const node = (name: string): LabNode => lab.node(name)
    const hosts = (...names: readonly string[]) => names.flatMap(name => ['--host', node(name).ssh()])

    beforeAll(async () => {
      lab = await startLab({ name: 'ha', most: { controlPlanes: 3, workers: 2 } })
      const names = [...controlPlanes, ...workers]
      await lab.startNodes(...names.map(name => ({ name, kubernetes: version, binds: kadmBinds })))
      here = await kadmHere(lab)
      balancer = await lab.startBalancer(6443, controlPlanes.map(node))
    })
    afterAll(async () => {
      await balancer?.close()
      await lab?.stop()
    })

    it('three control planes and two workers come up with one init and parallel joins', async () => {
      const config = join(here.home, 'init.yaml')
      const { endpoint } = balancer
      await writeFile(config, labKubeadmConfig({ version, controlPlaneEndpoint: endpoint }))
      await answerHere(here, ['init', ...hosts('cp1'), '--config', config])
      const from = ['--from', node('cp1').ssh(), ...ignoring]
      const [joined, worked] = await Promise.all([
        answerHere(here, ['join', '--control-plane', ...hosts('cp2', 'cp3'), ...from]),
        answerHere(here, ['join', ...hosts(...workers), ...from]),
      ])
      expect(joined.nodes?.map(({ name }) => name)).toEqual(['cp2', 'cp3'])
      expect(worked.nodes?.map(({ name }) => name)).toEqual(['w1', 'w2'])
      await settle('cp2')
      expect(await askThroughService(node('cp2'), 'w1')).toContain('server')
      expect(await voters('cp3')).toEqual(['cp1', 'cp2', 'cp3'])
    })

    it('a cluster loses and replaces its first control plane without a failed write of a client', async () => {
      // A host that has just lost its power is still Ready in the cluster, and ends no pod.
      await kubectl(node('cp1'), 'apply -f -', pinned)
      await kubectl(node('cp1'), 'rollout status deployment/pinned --timeout=60s')
      const { stdout: kubeconfig } = await node('cp2').run('cat /etc/kubernetes/admin.conf')
      const writing = await startWriting(kubeconfig)
      await until(() => writing.written.length > 20)
      node('cp1').kill()
      await until(growth(writing.written))
      const removed = await here.run(['node', 'remove', 'cp1', ...hosts('cp2'), '-o', 'json'])
      expect(removed.stderr.includes('✗') ? removed.stderr : removed.code).toBe(0)
      expect(await voters('cp2')).toEqual(['cp2', 'cp3'])
      expect(await nodeNames('cp2')).toEqual(['cp2', 'cp3', 'w1', 'w2'])

      await lab.stopNode('cp1')
      await lab.startNode({ name: 'cp1', kubernetes: version, binds: kadmBinds })
      const from = ['--from', node('cp2').ssh(), ...ignoring]
      await answerHere(here, ['join', '--control-plane', ...hosts('cp1'), ...from])
      await settle('cp1')
      expect(await voters('cp1')).toEqual(['cp1', 'cp2', 'cp3'])
      await until(growth(writing.written))
      await writing.finish()
      expect(writing.lost).toEqual([])
      expect(writing.written.length).toBeGreaterThan(60)
    })

    it('a control plane leaves the cluster with a reset and joins it again', async () => {
      const reset = await here.run(['reset', '-f', ...hosts('cp1'), '-o', 'json'])
      expect(reset.code === 0 ? '' : reset.stderr).toBe('')
      expect(await voters('cp2')).toEqual(['cp2', 'cp3'])
      await kubectl(node('cp2'), 'delete node cp1')
      await answerHere(here, ['join', '--control-plane', ...hosts('cp1'), '--from', node('cp3').ssh(), ...ignoring])
      expect(await voters('cp1')).toEqual(['cp1', 'cp2', 'cp3'])
      await settle('cp1')
    })

    async function settle(through: string): Promise<void> {
      const names = [...controlPlanes, ...workers]
      for (const name of names) await kubectl(node(through), `wait --for=create node/${name} --timeout=120s`)
      await lab.connectPods(node(through))
      await untilReady(node(through), names)
    }

    /** Names of the voting members of etcd, as the member on this node lists them. */
    async function voters(on: string): Promise<readonly string[]> {
      const pki = '/etc/kubernetes/pki/etcd'
      const tls = `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`
      const list =
        '/opt/oracle/v1.37.2/etcdctl --command-timeout=60s --dial-timeout=20s --endpoints https://127.0.0.1:2379 member list -w json'
      const { stdout } = await node(on).run(`${list} ${tls}`)
      const { members } = JSON.parse(stdout) as { members: { name?: string; isLearner?: boolean }[] }
      return members.map(({ name = 'unstarted', isLearner }) => (isLearner ? `learner ${name}` : name)).sort()
    }

    async function nodeNames(through: string): Promise<readonly string[]> {
      return (await kubectl(node(through), 'get nodes -o name'))
        .trim()
        .split('\n')
        .map(name => name.slice(5))
        .sort()
    }
  })
}

/** A Deployment whose pod only runs on the first control plane. */
const pinned = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: pinned }
spec:
  selector: { matchLabels: { app: pinned } }
  template:
    metadata: { labels: { app: pinned } }
    spec:
      nodeSelector: { kubernetes.io/hostname: cp1 }
      tolerations: [{ operator: Exists, effect: NoSchedule }]
      containers: [{ name: echo, image: ${echoImage}, imagePullPolicy: Never }]
`

function growth(list: readonly unknown[]): () => boolean {
  const goal = list.length + 20
  return () => list.length >= goal
}

async function until(done: () => boolean): Promise<void> {
  const end = Date.now() + 60_000
  while (!done()) {
    if (Date.now() > end) throw new Error('the client could not write for a minute')
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
