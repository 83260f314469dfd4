import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kubeClient } from '../../src/clients/kube/client.ts'
import { refOf } from '../../src/clients/kube/kube.ts'
import { connectLocal } from '../../src/host/connect-local.ts'
import { readAccess } from '../../src/observe/pki/access.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { addUser, passwordUser } from '../contract/ssh-lab.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { kubernetesVersions } from '../lab/versions.ts'
import { answerHere, type Here, ignoring, kadmBinds, kadmHere, kadmOn } from './kadm.ts'
import { tokenSecrets } from './leaks.ts'
import { kubectl, untilReady } from './observe.ts'
import { kubeadm } from './parity/tool.ts'
import { watchedRun } from './watch.ts'

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
  lab = await startLab({ name: 'tools', most: { controlPlanes: 1, workers: 1 } })
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

describe('patches', () => {
  it.each([
    ['control-plane all', ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']],
    ['etcd local', ['etcd']],
  ])('patches over SSH create the static pods that kubeadm creates in %s', async (phase, components) => {
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

  it('patches appear in the running pods and in the Node', async () => {
    const running = await kubectl(cp, '-n kube-system get pods -o yaml')
    for (const part of ['--profiling=false', 'memory: 2Gi', 'example.com/by: patch']) expect(running).toContain(part)
    expect(await kubectl(cp, "get node cp1 -o jsonpath='{.status.capacity.pods}'")).toBe('42')
    const proxy = "-n kube-system get daemonset kube-proxy -o jsonpath='{.metadata.annotations.example\\.com/by}'"
    expect(await kubectl(cp, proxy)).toBe('patch')
    await untilReady(cp, ['cp1'])
    expect(await kubectl(cp, "-n kube-system get deployment coredns -o jsonpath='{.spec.replicas}'")).toBe('1')
  })

  it('a repeated init with patches changes nothing', async () => {
    const words = ['init', '--host', cp.ssh(), '--config', join(here.home, 'init.yaml')]
    expect((await answerHere(here, words)).changes).toEqual([])
  })
})

describe('bootstrap tokens', () => {
  it('kadm and kubeadm list bootstrap tokens alike, independent of the tool that created them', async () => {
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

  it('token list and create over SSH use admin.conf, and a dry run creates no token', async () => {
    const on = ['--host', cp.ssh('ops')]
    const before = (await here.run(['token', 'list', ...on])).stdout
    const dry = await here.run(['token', 'create', 'drydry.0123456789abcdef', '--dry-run', ...on])
    expect([dry.code, dry.stderr]).toEqual([0, 'would write Secret kube-system/bootstrap-token-drydry\n'])
    const key = ['--certificate-key', 'ab'.repeat(32)]
    expect((await here.run(['token', 'create', 'nokeys.0123456789abcdef', ...key, ...on])).code).toBe(2)
    expect((await here.run(['token', 'list', ...on])).stdout).toBe(before)
  })

  it('token create prints the token only on stdout, on a node and over SSH with a sudo password', async () => {
    const { name, password } = passwordUser
    await addUser(cp)
    const env = { KADM_SUDO_PASSWORD: password }
    const secrets = [{ what: 'password', value: password }]
    const printed = (stdout: string) => [stdout.trim(), stdout.trim().split('.')[1] ?? '']
    const made = [
      await watchedRun(cp, ['token', 'create'], { nodes: [cp], printed }),
      await watchedRun(here, ['token', 'create', '--host', `${name}@${cp.address}`], {
        nodes: [cp],
        env,
        secrets,
        printed,
      }),
    ]
    for (const run of made) {
      expect(run).toMatchObject({ code: 0, leaks: [], stdout: expect.stringMatching(/^\w{6}\.\w{16}\n$/) })
    }
    expect(made[1]?.started).toContain('SUDO_ASKPASS')
    await kadmOn(cp, ['token', 'delete', ...made.map(run => run.stdout.trim())])
  })

  it('a join with a token that is not valid does not print the token', async () => {
    const hash = (await oracle(cp, ['token', 'create', '--print-join-command'])).stdout.match(/sha256:\w+/)?.[0] ?? ''
    const value = 'wr0ngs.wr0ngs7890wr0ngs'
    await worker.writeFile('/root/wrong', `${value}\n`, '0600')
    const words = ['join', `${cp.address}:6443`, '--token-file', '/root/wrong', '--discovery-token-ca-cert-hash', hash]
    const failed = await watchedRun(worker, [...words, ...ignoring, '-o', 'json', '--progress', 'json'], {
      nodes: [cp, worker],
      secrets: tokenSecrets(value),
    })
    expect(failed.code).not.toBe(0)
    expect(failed.stdout).toContain('wr0ngs')
    expect(failed.leaks).toEqual([])
  })

  it('token create reports an ID that is taken, and token delete an ID that does not exist', async () => {
    await kadmOn(cp, ['token', 'create', 'taken1.0123456789abcdef'])
    const again = await kadmOn(cp, ['token', 'create', 'taken1.ffffffffffffffff'], { check: false })
    expect(again.stderr).toContain('a token with id "taken1" already exists')
    const gone = await kadmOn(cp, ['token', 'delete', 'taken1', 'absent'], { check: false })
    expect([gone.code, gone.stdout]).toEqual([1, 'bootstrap token "taken1" deleted\n'])
    expect(gone.stderr).toContain('"absent"')
  })

  it('a worker joins by the command that token create prints, with its own patches', async () => {
    const { stdout } = await kadmOn(cp, ['token', 'create', '--print-join-command'])
    expect(stdout).toMatch(
      /^kadm join [\d.]+:6443 --token \S{23} --discovery-token-ca-cert-hash sha256:[0-9a-f]{64} \n$/,
    )
    const real = await oracle(cp, ['token', 'create', '--print-join-command'])
    const key = ['--certificate-key', 'ab'.repeat(32)]
    const both = [kadmOn, oracle].map(tool => tool(cp, ['token', 'create', '--print-join-command', ...key]))
    const [ours = '', theirs = ''] = (await Promise.all(both)).map(made => made.stdout)
    const withoutToken = (command: string) => command.replace(/^(kubeadm|kadm) (.* --token) \S+/, '$2')
    expect(withoutToken(stdout)).toBe(withoutToken(real.stdout))
    expect(withoutToken(ours)).toBe(withoutToken(theirs))
    await worker.writeFile('/root/patches/kubeletconfiguration+json.yaml', '[{op: add, path: /maxPods, value: 41}]\n')
    await kadmOn(worker, [...stdout.trim().split(/ +/).slice(1), '--patches', '/root/patches', ...ignoring])
    await kubectl(cp, 'wait --for=create node/w1 --timeout=60s')
    await lab.connectPods(cp)
    await untilReady(cp, ['cp1', 'w1'])
    expect(await kubectl(cp, "get node w1 -o jsonpath='{.status.capacity.pods}'")).toBe('41')
  })
})

describe('a kubeconfig for an additional user', () => {
  const words = ['kubeconfig', 'user', '--client-name', 'jane', '--org', 'zeta,alpha', '--validity-period', '720h']
  const masked = (text: string) => text.replace(/(client-(certificate|key)-data): \S+/g, '$1: …')
  const issued = (text: string) => parseCertificate(parseKubeconfig(text).clientCertPem ?? '')

  it('the kubeconfig of a user differs from that of kubeadm only in key and serial number', async () => {
    const [ours, real] = await Promise.all([kadmOn(cp, words), oracle(cp, [...words, '--config', '/root/init.yaml'])])
    expect(masked(ours.stdout)).toBe(masked(real.stdout))
    const [mine, theirs] = [issued(ours.stdout), issued(real.stdout)]
    for (const field of ['subject', 'usages', 'notBefore', 'sans'] as const) expect(mine[field]).toEqual(theirs[field])
    expect(Math.abs(mine.notAfter.getTime() - theirs.notAfter.getTime())).toBeLessThan(60_000)
  })

  it('kubeconfig user over SSH writes a private file that gives the user the rights of its groups', async () => {
    const path = join(here.home, 'jane.conf')
    const made = await watchedRun(here, [...words, '--host', cp.ssh('ops'), '--to', path], { nodes: [cp] })
    expect(made).toMatchObject({ code: 0, stderr: '', leaks: [] })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await kubectl(cp, 'create clusterrolebinding alphas --clusterrole=view --group=alpha')
    await cp.writeFile('/root/jane.conf', await readFile(path, 'utf8'), '0600')
    const jane = (command: string) => cp.run(`kubectl --kubeconfig /root/jane.conf ${command}`, { check: false })
    expect((await jane('auth whoami -o jsonpath="{.status.userInfo.username} {.status.userInfo.groups}"')).stdout).toBe(
      'jane ["zeta","alpha","system:authenticated"]',
    )
    expect((await jane('get pods -A')).stdout).toContain('kube-apiserver-cp1')
    expect((await jane('get secrets -A')).stderr).toContain('Forbidden')
  })

  it('kubeconfig user writes a token from a file', async () => {
    const token = (await kubectl(cp, 'create token default')).trim()
    await writeFile(join(here.home, 'token'), `${token}\n`)
    const argv = ['kubeconfig', 'user', '--client-name', 'robot', '--token-file', join(here.home, 'token'), '--host']
    const { stdout } = await here.run([...argv, cp.ssh()])
    await cp.writeFile('/root/robot.conf', stdout, '0600')
    const who = await cp.run(
      'kubectl --kubeconfig /root/robot.conf auth whoami -o jsonpath="{.status.userInfo.username}"',
    )
    expect(who.stdout).toBe('system:serviceaccount:default:default')
  })
})

describe('images of a control plane', () => {
  it.each(kubernetesVersions)('config images list for %s prints the images that kubeadm lists', async version => {
    const words = ['config', 'images', 'list', '--kubernetes-version', version]
    expect((await kadmOn(cp, words)).stdout).toBe((await kubeadm(version)(cp, words)).stdout)
  })

  it('config images pull finds images on two hosts in parallel and reports missing ones', async () => {
    const hosts = ['--host', cp.ssh(), '--host', worker.ssh('ops'), '--progress', 'plain']
    const there = await here.run(['config', 'images', 'pull', '--kubernetes-version', 'v1.37.2', ...hosts])
    expect(there.stdout).toContain('cp1: [config/images] Found registry.k8s.io/kube-apiserver:v1.37.2\n')
    expect(there.stdout).toContain('w1: [config/images] Found registry.k8s.io/etcd:3.7.0-0\n')
    const gone = await here.run(['config', 'images', 'pull', '--image-repository', 'registry.invalid/k8s', ...hosts])
    expect(gone.code).toBe(1)
    expect(gone.stderr).toMatch(/w1 lacks 7 images/)
    expect(gone.stderr).toMatch(/failed to pull image registry\.invalid\/k8s\/kube-apiserver:v1\.37\.2/)
  })
})

it('config print and validate agree with kubeadm on a node', async () => {
  for (const kind of ['init', 'join', 'reset', 'upgrade']) {
    const words = ['config', 'print', `${kind}-defaults`]
    expect((await kadmOn(cp, words)).stdout).toBe((await oracle(cp, words)).stdout)
  }
  const validate = ['config', 'validate', '--config', '/root/init.yaml']
  expect([(await kadmOn(cp, validate)).stdout, (await oracle(cp, validate)).stdout]).toEqual(['ok\n', 'ok\n'])
})

describe('the Kubernetes API client', () => {
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.kadm.example.com' },
    spec: {
      group: 'kadm.example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }
  const widget = (size: number) => ({
    apiVersion: 'kadm.example.com/v1',
    kind: 'Widget',
    metadata: { name: 'one', namespace: 'default' },
    spec: { size },
  })

  it('the API client applies a new kind and reports the owner of a field in a conflict', async () => {
    const host = await connectLocal()
    const kubeconfig = await readAccess(
      host,
      parseKubeconfig((await cp.readFile('/etc/kubernetes/admin.conf')).toString()),
    )
    const kube = kubeClient({ host, kubeconfig })
    const trying = kubeClient({ host, kubeconfig, dryRun: true })
    const kadm = { fieldManager: 'kadm' }
    try {
      await kube.apply(crd, kadm)
      await expect.poll(() => kube.apply(widget(1), kadm).catch(() => undefined), { timeout: 20_000 }).toBeDefined()
      const conflict = {
        code: 'API_CONFLICT',
        problems: [{ message: expect.stringContaining('.spec.size: conflict') }],
      }
      await expect(kube.apply(widget(2), { fieldManager: 'other' })).rejects.toMatchObject(conflict)
      await trying.apply(widget(3), { fieldManager: 'other', force: true })
      expect((await kube.get(refOf(widget(1))))?.spec).toEqual({ size: 1 })
      await kube.apply(widget(2), { fieldManager: 'other', force: true })
      const widgets = await kube.list({ apiVersion: 'kadm.example.com/v1', kind: 'Widget' })
      expect(widgets.map(({ spec }) => spec)).toEqual([{ size: 2 }])
      await kube.remove(refOf(crd))
    } finally {
      for (const client of [kube, trying]) client.close()
    }
  })
})
