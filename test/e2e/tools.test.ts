import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmBinds, kadmHere, kadmOn } from './kadm.ts'
import { kubectl, untilReady } from './observe.ts'
import { kubeadm } from './parity/tool.ts'

const patches = {
  'kube-apiserver+json.yaml': '[{op: add, path: /spec/containers/0/command/-, value: --profiling=false}]\n',
  'etcd.yaml': 'spec: {containers: [{name: etcd, resources: {limits: {memory: 2Gi}}}]}\n',
  'kube-scheduler+merge.yaml': 'metadata: {annotations: {example.com/by: patch}}\n',
  'kubeletconfiguration.yaml': 'maxPods: 42\n',
  'corednsdeployment.yaml': 'spec: {replicas: 1}\n',
  'kubeproxydaemonset.yaml': 'metadata: {annotations: {example.com/by: patch}}\n',
}

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
const oracle = kubeadm('v1.37.2')

beforeAll(async () => {
  lab = await startLab({ name: 'tools' })
  here = await kadmHere(lab)
  const nodes = await lab.startNodes({ name: 'cp1', binds: kadmBinds }, { name: 'w1', binds: kadmBinds })
  ;[cp, worker] = nodes as [LabNode, LabNode]
  const directory = join(here.home, 'patches')
  await mkdir(directory)
  for (const [name, text] of Object.entries(patches)) {
    await writeFile(join(directory, name), text)
    await cp.writeFile(`/root/patches/${name}`, text)
  }
  const config = (path: string) => labKubeadmConfig({ version: 'v1.37.2', init: { patches: { directory: path } } })
  await writeFile(join(here.home, 'init.yaml'), config(directory))
  await cp.writeFile('/root/init.yaml', config('/root/patches'))
  await answerHere(here, ['init', '--host', cp.ssh(), '--config', join(here.home, 'init.yaml')])
  await lab.connectPods(cp)
})

afterAll(() => lab?.stop())

describe('patches of the operator, on a node over SSH', () => {
  it.each([
    ['control-plane all', ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']],
    ['etcd local', ['etcd']],
  ])('give the static pods that real kubeadm makes of them in %s', async (phase, components) => {
    const made = await cp.run(
      `KUBEADM_INIT_DRYRUN_DIR=$(mktemp -d) && export KUBEADM_INIT_DRYRUN_DIR &&
       /opt/oracle/v1.37.2/kubeadm init phase ${phase} --dry-run --config /root/init.yaml >&2 &&
       cd $(dirname $(find $KUBEADM_INIT_DRYRUN_DIR -name '*.yaml' | head -1)) && tail -n +1 ${components.map(name => `${name}.yaml`).join(' ')}`,
    )
    const ours = await cp.run(
      `cd /etc/kubernetes/manifests && tail -n +1 ${components.map(name => `${name}.yaml`).join(' ')}`,
    )
    expect(ours.stdout).toBe(made.stdout)
  })

  it('reach what runs', async () => {
    const running = await kubectl(cp, '-n kube-system get pods -o yaml')
    for (const part of ['--profiling=false', 'memory: 2Gi', 'example.com/by: patch']) expect(running).toContain(part)
    expect(await kubectl(cp, "get node cp1 -o jsonpath='{.status.capacity.pods}'")).toBe('42')
    const proxy = "-n kube-system get daemonset kube-proxy -o jsonpath='{.metadata.annotations.example\\.com/by}'"
    expect(await kubectl(cp, proxy)).toBe('patch')
    await untilReady(cp, ['cp1'])
    expect(await kubectl(cp, "-n kube-system get deployment coredns -o jsonpath='{.spec.replicas}'")).toBe('1')
  })

  it('change nothing the second time', async () => {
    const words = ['init', '--host', cp.ssh(), '--config', join(here.home, 'init.yaml')]
    expect((await answerHere(here, words)).changes).toEqual([])
  })
})

describe('bootstrap tokens', () => {
  it('are listed alike by both tools, whoever made them', async () => {
    const mine = (await kadmOn(cp, ['token', 'create', '--ttl', '0', '--description', 'mine'])).stdout.trim()
    const theirs = (await oracle(cp, ['token', 'create', '--ttl', '2h'])).stdout.trim()
    for (const form of [[], ['-o', 'json'], ['-o', 'yaml']]) {
      const [ours, real] = await Promise.all([
        kadmOn(cp, ['token', 'list', ...form]),
        oracle(cp, ['token', 'list', ...form]),
      ])
      expect(ours.stdout).toBe(real.stdout)
      expect(ours.stdout).toContain(mine)
      expect(ours.stdout).toContain(theirs)
    }
    await kadmOn(cp, ['token', 'delete', theirs])
    await oracle(cp, ['token', 'delete', mine])
    expect((await kadmOn(cp, ['token', 'list'])).stdout).not.toMatch(new RegExp(`${mine}|${theirs}`))
  })

  it('are read over SSH with the admin.conf of the control plane; a dry run and a refusal leave none', async () => {
    const on = ['--host', cp.ssh('ops')]
    const before = (await here.run(['token', 'list', ...on])).stdout
    const dry = await here.run(['token', 'create', 'drydry.0123456789abcdef', '--dry-run', ...on])
    expect([dry.code, dry.stderr]).toEqual([0, 'would write Secret kube-system/bootstrap-token-drydry\n'])
    const key = ['--certificate-key', 'ab'.repeat(32)]
    expect((await here.run(['token', 'create', 'nokeys.0123456789abcdef', ...key, ...on])).code).toBe(2)
    expect((await here.run(['token', 'list', ...on])).stdout).toBe(before)
  })

  it('name a taken id, and one that is not there', async () => {
    await kadmOn(cp, ['token', 'create', 'taken1.0123456789abcdef'])
    const again = await kadmOn(cp, ['token', 'create', 'taken1.ffffffffffffffff'], { check: false })
    expect(again.stderr).toContain('a token with id "taken1" already exists')
    const gone = await kadmOn(cp, ['token', 'delete', 'taken1', 'absent'], { check: false })
    expect([gone.code, gone.stdout]).toEqual([1, 'bootstrap token "taken1" deleted\n'])
    expect(gone.stderr).toContain('"absent"')
  })

  it('join a worker by the printed command', async () => {
    const { stdout } = await kadmOn(cp, ['token', 'create', '--print-join-command'])
    expect(stdout).toMatch(
      /^kadm join [\d.]+:6443 --token \S{23} --discovery-token-ca-cert-hash sha256:[0-9a-f]{64} \n$/,
    )
    const real = await oracle(cp, ['token', 'create', '--print-join-command'])
    const withoutToken = (command: string) => command.replace(/^(kubeadm|kadm) (.* --token) \S+/, '$2')
    expect(withoutToken(stdout)).toBe(withoutToken(real.stdout))
    await kadmOn(worker, [...stdout.trim().split(/ +/).slice(1), ...ignoring])
    await kubectl(cp, 'wait --for=create node/w1 --timeout=60s')
    await lab.connectPods(cp)
    await untilReady(cp, ['cp1', 'w1'])
  })
})
