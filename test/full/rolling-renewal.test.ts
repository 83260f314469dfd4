import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renewableNames } from '../../src/cluster/renewable-names.ts'
import { startAsking, startSteady } from '../e2e/ha/steady.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { type KillPoint, killAt, type RunEvent, show, startHere } from '../e2e/killing.ts'
import { askThroughService, kubectl, serverAndClient, untilReady } from '../e2e/observe.ts'
import type { Balancer } from '../lab/balancer.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

const version = 'v1.37.2'
const controlPlanes = ['cp1', 'cp2', 'cp3'] as const
const names = [...controlPlanes, 'w1', 'w2']

let lab: Lab
let here: Here
let balancer: Balancer
const node = (name: string): LabNode => lab.node(name)
const hosts = (...of: readonly string[]) => of.flatMap(name => ['--host', node(name).ssh()])

beforeAll(async () => {
  lab = await startLab({ name: 'rolling', most: { controlPlanes: 3, workers: 2 }, versions: [version] })
  await lab.startNodes(...names.map(name => ({ name })))
  here = await kadmHere(lab)
  balancer = await lab.startBalancer(6443, controlPlanes.map(node))
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version, controlPlaneEndpoint: balancer.endpoint }))
  await answerHere(here, ['init', ...hosts('cp1'), '--config', config])
  const from = ['--from', node('cp1').ssh(), ...ignoring]
  await Promise.all([
    answerHere(here, ['join', '--control-plane', ...hosts('cp2', 'cp3'), ...from]),
    answerHere(here, ['join', ...hosts('w1', 'w2'), ...from]),
  ])
  for (const name of names) await kubectl(node('cp1'), `wait --for=create node/${name} --timeout=120s`)
  await lab.connectPods(node('cp1'))
  await untilReady(node('cp1'), names)
})
afterAll(async () => {
  await balancer?.close()
  await lab?.stop()
})

interface Served {
  readonly host: string
  readonly name: string
  readonly serial?: string
  readonly onDisk: string
}

/** The certificates that the servers of all control planes present. */
async function served(): Promise<readonly Served[]> {
  const { stdout } = await here.run(['certs', 'check-expiration', ...hosts(...controlPlanes), '-o', 'json'])
  return (JSON.parse(stdout) as { servedCertificates: readonly Served[] }).servedCertificates
}

/** The API server and both ports of etcd serve certificates from files that a renewal replaces. */
async function serials(): Promise<readonly string[]> {
  const all = await Promise.all(
    controlPlanes.flatMap(name =>
      [6443, 2379, 2380].map(async port => {
        const at = `${node(name).address}:${port}`
        const { stdout } = await node(name).run(
          `openssl s_client -connect ${at} </dev/null 2>/dev/null | openssl x509 -noout -serial`,
        )
        return `${at} ${stdout.trim()}`
      }),
    ),
  )
  return all
}

describe('a rolling renewal of three control planes and two workers', () => {
  it('clients of the API and of a Service see no failure while all certificates are renewed', async () => {
    await askThroughService(node('cp1'), 'w1')
    await kubectl(node('cp1'), 'delete pod server --now')
    await kubectl(node('cp1'), 'apply -f -', serverAndClient('w1').replace('nodeName: w1', 'nodeName: w2'))
    await kubectl(node('cp1'), 'wait --for=condition=Ready pod/server pod/client --timeout=120s')
    const { stdout: kubeconfig } = await node('cp2').run('cat /etc/kubernetes/admin.conf')
    const { stdout: container } = await node('w1').run('crictl ps -q --label io.kubernetes.pod.name=client')
    const url = 'http://echo.default.svc.cluster.local/'
    const before = await serials()
    const api = await startSteady(kubeconfig)
    const service = await startAsking(node('w1'), container.trim(), url)
    const run = startHere(here, ['certs', 'renew', 'all', ...hosts(...controlPlanes)])
    const { code, stdout, stderr, events } = await run.ended
    await Promise.all([api.finish(), service.finish()])
    expect(code === 0 ? '' : stderr).toBe('')
    expect({ api: api.failed, service: service.failed }).toEqual({ api: [], service: [] })
    expect(api.retried.length).toBeLessThan(10)
    const answer = JSON.parse(stdout) as Answer
    console.log(
      `renewed in ${answer.seconds} s; ${api.requests} and ${service.requests} requests, retried:`,
      api.retried,
      service.retried,
    )
    expect(Math.min(api.requests, service.requests)).toBeGreaterThan(20)
    expect(answer.seconds).toBeLessThan(60)
    expect(answer.nodes.map(one => one.restarted)).toEqual(controlPlanes.map(() => components))
    expect(answer.nodes.every(one => one.inUse)).toBe(true)
    expect((await served()).filter(({ onDisk }) => onDisk === 'differs')).toEqual([])
    const after = await serials()
    expect(after.filter(line => before.includes(line))).toEqual([])
    expect(overlaps(events)).toEqual([])
    await kubectl(node('cp1'), '-n kube-system wait --for=condition=Ready pods -l tier=control-plane --timeout=60s')
  })

  const points: readonly KillPoint[] = [
    { phase: 'certs-renew/scheduler.conf', type: 'step-done' },
    { phase: 'restart-components/kube-controller-manager', type: 'step-started' },
    ...[200, 600, 1200].map(
      afterMs => ({ phase: 'restart-components/kube-controller-manager', type: 'step-started', afterMs }) as const,
    ),
    { phase: 'restart-components/kube-controller-manager', type: 'step-done' },
    { phase: 'restart-components/kube-scheduler', type: 'step-started', afterMs: 400 },
    { phase: 'restart-components/check-served', type: 'step-started' },
  ]
  it.each(points.map(point => [show(point), point] as const))(
    'a renewal that is killed %s is completed by the next run',
    async (_, point) => {
      await killAt(startHere(here, ['certs', 'renew', 'all', ...hosts('cp1', 'cp2')]), point)
      const again = ['certs', 'renew', 'all', '--expiring-within', '0s', ...hosts('cp1', 'cp2')]
      const answer = (await answerHere(here, again)) as unknown as Answer
      expect(answer.nodes.every(one => one.inUse)).toBe(true)
      for (const { certificates } of answer.nodes) {
        expect(certificates.map(({ name, outcome }) => `${name} ${outcome}`)).not.toContain('renewed')
        expect(certificates.length).toBe(renewableNames.length)
      }
      expect(((await answerHere(here, again)) as unknown as Answer).nodes.flatMap(one => one.restarted)).toEqual([])
      expect((await served()).filter(({ onDisk }) => onDisk === 'differs')).toEqual([])
    },
  )
})

const components = ['kube-controller-manager', 'kube-scheduler']

interface Answer {
  readonly seconds: number
  readonly nodes: readonly {
    readonly restarted: readonly string[]
    readonly inUse: boolean
    readonly certificates: readonly { readonly name: string; readonly outcome: string }[]
  }[]
}

/** Nodes on which a step starts before the gate of another node has ended. */
function overlaps(events: readonly RunEvent[]): readonly string[] {
  const [found, open]: [string[], Set<string>] = [[], new Set()]
  for (const { type, node: name = '', phase = '' } of events) {
    if (!/^(restart-components|certs-renew)\/(?!kubelet)/.test(phase)) continue
    if (type === 'step-started') open.add(name)
    if (type === 'step-done' && phase === 'restart-components/check-served') open.delete(name)
    if (open.size > 1) found.push(`${name}: ${phase}`)
  }
  return found
}
