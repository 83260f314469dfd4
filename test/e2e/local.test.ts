import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { paths } from '../../src/cluster/paths.ts'
import { initPhases } from '../../src/phases/pipelines.ts'
import type { CommandResult } from '../lab/exec.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labJoinConfig, labKubeadmConfig } from '../lab/oracle.ts'
import { programOnNode } from '../lab/program.ts'
import { answerOn, ignoring, kadmBinds, kadmOn } from './kadm.ts'
import { killAt, startOn } from './killing.ts'
import { askThroughService, fileTree, kubectl, objectVersions, untilReady } from './observe.ts'

const config = ['--config', '/root/init.yaml'] as const
let lab: Lab
let cp: LabNode
let worker: LabNode
let join: readonly string[]

beforeAll(async () => {
  lab = await startLab({ name: 'local', most: { controlPlanes: 2, workers: 1 } })
  const nodes = await lab.startNodes({ name: 'cp1', binds: kadmBinds }, { name: 'w1', binds: kadmBinds })
  ;[cp, worker] = nodes as [LabNode, LabNode]
  await cp.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
})

afterAll(() => lab?.stop())

describe('a cluster created on the nodes themselves', () => {
  it('init on a node completes after a run that was killed', async () => {
    const killed = await killAt(startOn(cp, ['init', ...config]), { phase: 'certs/front-proxy-ca', type: 'step-done' })
    expect(killed.code).toBe(137)
    const answer = await answerOn(cp, ['init', ...config])
    expect(answer.joinCommands.map(({ role }) => role)).toEqual(['worker'])
    const [token] = answer.tokens
    for (const node of [cp, worker]) await node.writeFile('/root/token', `${token}\n`, '0600')
    const pin = ['--discovery-token-ca-cert-hash', answer.caCertHashes[0] ?? '']
    join = ['join', answer.endpoint, '--token-file', '/root/token', ...pin, ...ignoring]
  })

  it('a worker joins with a command on the node', async () => {
    const answer = await answerOn(worker, join)
    expect(answer.nodes).toEqual([{ name: 'w1', role: 'worker' }])
    // A join ends after the Node exists.
    expect(await kubectl(cp, 'get nodes -o name')).toContain('node/w1\n')
    await lab.connectPods(cp)
    await untilReady(cp, ['cp1', 'w1'])
  })

  it('a pod on a worker is reachable through a Service by its DNS name', async () => {
    expect(await askThroughService(cp, 'w1')).toContain('server')
  })

  it('a repeated init on a node changes nothing', async () => {
    const before = [await fileTree(cp), await objectVersions(cp)]
    const answer = await answerOn(cp, ['init', ...config])
    expect(answer.changes).toEqual([])
    expect([await fileTree(cp), await objectVersions(cp)]).toEqual(before)
  })

  it('a repeated join on a node changes nothing', async () => {
    const before = await fileTree(worker)
    const answer = await answerOn(worker, join)
    expect(answer.changes).toEqual([])
    expect(await fileTree(worker)).toEqual(before)
  })

  it('join on a node accepts a configuration file', async () => {
    const [, endpoint = ''] = join
    const token = (await cp.run('cat /root/token')).stdout.trim()
    const caCertHash = join[join.indexOf('--discovery-token-ca-cert-hash') + 1] ?? ''
    const config = labJoinConfig({ apiServerEndpoint: endpoint, token, caCertHash })
    // The socket that the first join detected, under the same name.
    await worker.writeFile('/root/join.yaml', config.replace('unix:///run/', 'unix:///var/run/'))
    expect((await answerOn(worker, ['join', '--config', '/root/join.yaml'])).changes).toEqual([])
  })

  it.each(initPhases.filter(id => id !== 'upload-certs'))(
    'the init phase %s changes nothing on a completed control plane',
    async id => {
      const before = [await fileTree(cp), await objectVersions(cp)]
      const { changes } = await answerOn(cp, ['init', 'phase', ...id.split('/'), ...config])
      expect(changes).toEqual([])
      expect([await fileTree(cp), await objectVersions(cp)]).toEqual(before)
    },
  )
})

describe('a worker that joins with a discovery file', () => {
  it('a worker joins with a discovery file and gets its certificate with the token', async () => {
    const node = await lab.startNode({ name: 'w2', binds: kadmBinds })
    const info = await kubectl(cp, "-n kube-public get configmap cluster-info -o jsonpath='{.data.kubeconfig}'")
    await node.writeFile('/root/cluster-info.yaml', info)
    const token = (await cp.run('cat /root/token')).stdout.trim()
    const words = ['--discovery-file', '/root/cluster-info.yaml', '--tls-bootstrap-token', token]
    expect((await answerOn(node, ['join', ...words, ...ignoring])).nodes).toEqual([{ name: 'w2', role: 'worker' }])
    await kubectl(cp, 'wait --for=create node/w2 --timeout=60s')
    await node.stop()
  })
})

describe('kubeadm with the files of kadm', () => {
  it('kubeadm lists the expiration of the certificates that kadm wrote', async () => {
    const { stdout } = await cp.run('kubeadm certs check-expiration')
    expect(stdout).not.toContain('!MISSING!')
    expect(stdout.match(/364d/g)).toHaveLength(11)
  })

  it.each([
    ['certs', 'Using existing apiserver certificate and key on disk'],
    ['kubeconfig', 'Using existing kubeconfig file: "/etc/kubernetes/admin.conf"'],
  ])('kubeadm uses the files of kadm in init phase %s all', async (phase, sentence) => {
    const before = await fileTree(cp)
    const { stdout } = await cp.run(`kubeadm init phase ${phase} all --config /root/init.yaml`)
    expect(stdout).toContain(sentence)
    expect(stdout).not.toContain('Generating')
    expect(await fileTree(cp)).toEqual(before)
  })

  it('kubeadm lists the token of kadm that joins nodes', async () => {
    const { stdout } = await cp.run('kubeadm token list; cat /root/token')
    const token = stdout.trim().split('\n').at(-1) ?? ''
    expect(stdout.split('\n')[1]).toMatch(new RegExp(`^${token} +23h .*authentication,signing .*default-node-token`))
  })

  it('kubeadm upgrade diff finds no difference in the configuration and manifests of kadm', async () => {
    const { stdout, stderr } = await cp.run('kubeadm upgrade diff v1.37.2')
    expect(stderr).toBe('')
    expect(stdout).not.toMatch(/^[-+]{3} /m)
  })
})

describe('an interrupted run', () => {
  let node: LabNode
  beforeAll(async () => {
    node = await lab.startNode({ name: 'cp2', binds: kadmBinds })
    await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
  })
  afterAll(() => node?.stop())

  it('an interrupted init stops between two steps with exit code 130, and the next init completes it', async () => {
    const { code, stderr } = await interruptedInit(node, '/etc/kubernetes/pki/ca.crt')
    expect(code).toBe(130)
    expect(stderr).toContain('INTERRUPTED')
    expect((await kadmOn(node, ['init', ...config])).code).toBe(0)
  })

  it('init with other settings after an interrupted init ends when the components run with them', async () => {
    const cluster = { apiServer: { extraArgs: flag('3') }, scheduler: { extraArgs: flag('4') } }
    await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2', cluster }))
    const { changes } = await answerOn(node, ['init', ...config])
    expect(changes.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['kube-apiserver', 'kube-scheduler'].map(name => paths.manifest(name))),
    )
    const { stdout } = await node.run(['pgrep', '-af', '^kube-(apiserver|scheduler) '])
    expect(stdout).toMatch(/^\d+ kube-apiserver .*--v=3( |$)/m)
    expect(stdout).toMatch(/^\d+ kube-scheduler .*--v=4( |$)/m)
  })
})

describe('a copy of a manifest', () => {
  it('preflight reports a copy of a manifest before anything is changed', async () => {
    const copy = `${paths.manifest('kube-apiserver')}.bak`
    // Hidden from the kubelet, which would run either one.
    await cp.run(`systemctl stop kubelet && cp ${paths.manifest('kube-apiserver')} ${copy}`)
    const { code, stderr } = await kadmOn(cp, ['init', ...config], { check: false })
    await cp.run(`rm ${copy} && systemctl start kubelet`)
    expect(code).toBe(3)
    expect(stderr).toMatch(/\[ERROR DuplicateStaticPod\] +\S+\.yaml\.bak defines the pod kube-apiserver/)
  })
})

/** A flag that only changes the manifest. */
function flag(v: string) {
  return [{ name: 'v', value: v }]
}

/** Sends SIGINT to an init as soon as a file exists; returns the result. */
function interruptedInit(node: LabNode, file: string): Promise<CommandResult> {
  const wait = `until [ -e ${file} ] || ! kill -0 $kadm; do sleep 0.01; done`
  const script = `${programOnNode} init ${config.join(' ')} & kadm=$!; ${wait}; kill -INT $kadm; wait $kadm`
  return node.run(script, { check: false, timeoutMs: 90_000 })
}
