import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { etcdMembers, marks, serversOf, wordsOf } from './control-planes.ts'
import { type Answer, answerHere, answerOn, type Here, ignoring, kadmBinds, kadmHere, kadmOn } from './kadm.ts'
import { fileTree, kubectl, untilReady } from './observe.ts'
import { watchedRun } from './watch.ts'

const version = 'v1.37.2'
const names = ['cp1', 'cp2', 'cp3'] as const
const voters = names.map(name => `${name} started voter`)
let lab: Lab
let here: Here
let nodes: readonly [LabNode, LabNode, LabNode]
let endpoint: string

beforeAll(async () => {
  lab = await startLab({ name: 'planes', most: { controlPlanes: 3 } })
  nodes = (await lab.startNodes(...names.map(name => ({ name, binds: kadmBinds })))) as unknown as typeof nodes
  const balancer = await lab.startBalancer(6443, nodes)
  endpoint = balancer.endpoint
  here = await kadmHere(lab)
  await nodes[0].writeFile('/root/init.yaml', labKubeadmConfig({ version, controlPlaneEndpoint: endpoint }))
  await kadmOn(nodes[0], ['init', '--config', '/root/init.yaml'])
})

afterAll(() => lab?.stop())

describe('parallel joins of control planes over SSH', () => {
  const join = () => {
    const hosts = nodes.slice(1).flatMap(node => ['--host', node.ssh('ops')])
    return ['join', '--control-plane', ...hosts, '--from', nodes[0].ssh(), ...ignoring]
  }

  it('control planes that join in parallel become etcd voters and Ready nodes, and show no secret', async () => {
    const joined = await watchedRun(here, [...join(), '-o', 'json', '--progress', 'plain'], { nodes })
    expect(joined).toMatchObject({ code: 0, leaks: [] })
    const answer = JSON.parse(joined.stdout) as Answer
    expect(answer.nodes).toEqual(['cp2', 'cp3'].map(name => ({ name, role: 'control-plane' })))
    expect(await etcdMembers(nodes[0])).toEqual(voters)
    await lab.connectPods(nodes[0])
    await untilReady(nodes[0], names)
  })

  it('control planes that join in parallel get the labels and taint of a control plane', async () => {
    expect(await marks(nodes[0])).toEqual(names.map(name => `${name} control-plane exclude NoSchedule`))
  })

  it('kubeconfigs of a joined control plane use its own API server, and admin.conf uses the endpoint', async () => {
    for (const node of nodes.slice(1)) {
      const own = `https://${node.address}:6443`
      expect(await serversOf(node)).toEqual({
        'admin.conf': `https://${endpoint}`,
        'controller-manager.conf': own,
        'kubelet.conf': own,
        'scheduler.conf': own,
      })
    }
  })

  it('a repeated join of control planes changes nothing', async () => {
    const trees = () => Promise.all(nodes.slice(1).map(fileTree))
    const before = await trees()
    expect((await answerHere(here, join())).changes).toEqual([])
    expect(await trees()).toEqual(before)
  })

  it('the join of control planes leaves no token and no holder of the etcd lock', async () => {
    expect(await kubectl(nodes[0], '-n kube-system get secrets -o name')).not.toContain('created by kadm')
    const holder = "-n kube-system get lease kadm-etcd-membership -o jsonpath='{.spec.holderIdentity}'"
    expect(await kubectl(nodes[0], holder)).toBe('')
  })
})

describe('a control plane that joins with uploaded certificates', () => {
  it('a control plane joins with the printed command after a new upload of the certificates', async () => {
    const [cp1, , cp3] = nodes
    await kadmOn(cp3, ['reset', '-f'])
    await kubectl(cp1, 'delete node cp3')
    expect(await etcdMembers(cp1)).toEqual(voters.slice(0, 2))
    const upload = ['init', 'phase', 'upload-certs', '--upload-certs', '--config', '/root/init.yaml']
    const first = await answerOn(cp1, upload)
    const keyOf = (stdout: string) => (JSON.parse(stdout) as Answer).certificateKey ?? ''
    const uploading = { nodes: [cp1], printed: (stdout: string) => [keyOf(stdout)] }
    const uploaded = await watchedRun(cp1, [...upload, '-o', 'json', '--progress', 'json'], uploading)
    const certificateKey = keyOf(uploaded.stdout)
    expect([uploaded.leaks, uploaded.stderr.includes(certificateKey)]).toEqual([[], false])
    expect(certificateKey).toMatch(/^[0-9a-f]{64}$/)
    expect(certificateKey).not.toBe(first.certificateKey)
    const printed = await kadmOn(cp1, ['token', 'create', '--print-join-command'])
    const words = [...wordsOf(printed.stdout)]
    // A file keeps the token out of the arguments too.
    const [token = ''] = words.splice(words.indexOf('--token'), 2, '--token-file', '/root/token').slice(1)
    await cp3.writeFile('/root/token', `${token}\n`, '0600')
    const command = [...words, '--control-plane', '--certificate-key-file', '/root/key', ...ignoring]
    await cp3.writeFile('/root/key', `${first.certificateKey}\n`, '0600')
    const keys = [certificateKey, first.certificateKey ?? ''].map(value => ({ what: 'certificate key', value }))
    const own = { nodes: [cp1, cp3], secrets: keys }
    const refused = await watchedRun(cp3, command, own)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('cannot decrypt')])
    expect(refused.leaks).toEqual([])
    await cp3.writeFile('/root/key', `${certificateKey}\n`, '0600')
    const joined = await watchedRun(cp3, [...command, '-o', 'json', '--progress', 'plain'], own)
    expect(joined).toMatchObject({ code: 0, leaks: [] })
    expect((JSON.parse(joined.stdout) as Answer).nodes).toEqual([{ name: 'cp3', role: 'control-plane' }])
    expect(await etcdMembers(cp1)).toEqual(voters)
    await lab.connectPods(cp1)
    await untilReady(cp1, names)
  })
})
