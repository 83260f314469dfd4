import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { comparable, type DryAnswer, dryConfig, startDryMachines, wholeTree } from './dry-runs.ts'
import { type Answer, answerHere, answerOn, type Here, ignoring, kadmOn } from './kadm.ts'
import { leaksIn, tokenPattern } from './leaks.ts'
import { difference } from './machine-state.ts'
import { fileTree, kubectl, objectVersions } from './observe.ts'
import { secretsOf, watchedRun } from './watch.ts'

const config = ['--config', '/root/init.yaml'] as const
let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
let second: LabNode

beforeAll(async () => {
  lab = await startLab({ name: 'dry-run', most: { controlPlanes: 2, workers: 1 } })
  ;({ here, cp, worker, second } = await startDryMachines(lab))
})

afterAll(() => lab?.stop())

describe('a dry run of init', () => {
  let dry: DryAnswer
  let text: string

  it('a dry run of init changes nothing on a host without a cluster', async () => {
    const before = await wholeTree(cp)
    dry = await watchedDry(cp, ['init', ...config], [cp])
    text = (await kadmOn(cp, ['init', ...config, '--dry-run'])).stdout
    expect(difference(before, await wholeTree(cp))).toEqual([])
    expect(dry.unansweredServers).toEqual([`https://${cp.address}:6443`])
  })

  it('a dry run of init prints files, objects and commands, but no secret', async () => {
    expect(text).toContain('--- /dev/null\n+++ /etc/kubernetes/pki/ca.key (0600)\n@@ -0,0 +1 @@\n+[secret, ')
    expect(text).toContain('+++ ConfigMap kube-system/kubeadm-config\n')
    expect(text).toContain('would run: systemctl restart kubelet\n')
    expect(text).toMatch(/Dry run: nothing was changed\. The run would write \d+ files, .*\n$/)
    const all = `${text}${JSON.stringify(dry)}`
    expect(all).not.toContain('PRIVATE KEY')
    expect(all).not.toMatch(tokenPattern)
  })

  it('a dry run of init prints the changes and file contents of the later run', async () => {
    const real = await answerOn(cp, ['init', ...config])
    expect(comparable(dry.changes)).toEqual(comparable(real.changes))
    const changed = dry.changes.filter(({ kind, what }) => kind === 'file' && /\.yaml$|\.env$/.test(what))
    expect(changed.length).toBeGreaterThan(6)
    for (const { what, mode, after } of changed) {
      expect((await cp.run(`stat -c 0%a ${what}; cat ${what}`)).stdout).toBe(`${mode}\n${after}`)
    }
    const secrets = await secretsOf(cp)
    expect(secrets.length).toBeGreaterThan(60)
    expect(leaksIn([{ where: 'told', text: text + JSON.stringify(dry) }], secrets)).toEqual([])
  })

  it('a dry run of init prints the contents of the ConfigMaps that the later run creates', async () => {
    const changed = dry.changes.filter(({ kind, what }) => kind === 'object' && what.startsWith('ConfigMap '))
    expect(changed.length).toBeGreaterThan(3)
    for (const { what, after } of changed) {
      const [namespace, name] = what.replace('ConfigMap ', '').split('/')
      const live = parse(await kubectl(cp, `-n ${namespace} get configmap ${name} -o yaml`))
      const wanted = parse(after ?? '').data as Record<string, string>
      // Each CA is different, and the controller-manager adds the signatures.
      if (name !== 'cluster-info') expect(live.data).toEqual(wanted)
    }
  })

  it('a dry run of init prints no changes on a completed control plane', async () => {
    await untilSettled()
    const unchanged = await stateOf([], [cp])
    const answer = await watchedDry(cp, ['init', ...config], [cp])
    expect([answer.changes, answer.unansweredServers]).toEqual([[], []])
    expect(await unchanged()).toEqual([])
    const { stdout } = await kadmOn(cp, ['init', 'phase', 'addon', 'coredns', ...config, '--dry-run'])
    expect(stdout).toBe('Dry run: nothing to change.\n')
  })

  it('a dry run of init prints the difference to another configuration and does not apply it', async () => {
    const cluster = { scheduler: { extraArgs: [{ name: 'v', value: '4' }] }, dns: { imageTag: 'v1.0.0' } }
    await cp.writeFile('/root/changed.yaml', dryConfig(cp, cluster))
    const unchanged = await stateOf([], [cp])
    const words = ['init', '--config', '/root/changed.yaml', '--dry-run', '--skip-phases', 'preflight']
    const { stdout } = await kadmOn(cp, words)
    expect(stdout).toContain('--- /etc/kubernetes/manifests/kube-scheduler.yaml (0600)\n')
    expect(stdout.match(/^[-+].*--v=.*$/gm)).toEqual(['+    - --v=4'])
    // The server has returned the Deployment with its defaults: none of them appears as a difference.
    const deployment = /^--- Deployment kube-system\/coredns\n(?:.+\n)*/m.exec(stdout)?.[0] ?? ''
    expect(deployment.match(/^[-+] .*$/gm)).toEqual([
      expect.stringMatching(/^- +image: registry.k8s.io\/coredns\/coredns:v1\.\d\d/),
      expect.stringMatching(/^\+ +image: registry.k8s.io\/coredns\/coredns:v1\.0\.0$/),
    ])
    expect(await unchanged()).toEqual([])
  })
})

describe('a dry run of an interrupted init', () => {
  it('a dry run of init after an interrupted init prints the missing permissions of admin.conf', async () => {
    await kubectl(cp, '--kubeconfig /etc/kubernetes/super-admin.conf delete clusterrolebinding kubeadm:cluster-admins')
    const dry = (await answerOn(cp, ['init', ...config, '--dry-run'])) as DryAnswer
    const real = await answerOn(cp, ['init', ...config])
    expect(comparable(real.changes)).toEqual([
      'wait-control-plane/api: object ClusterRoleBinding kubeadm:cluster-admins',
    ])
    expect(comparable(dry.changes)).toEqual(comparable(real.changes))
  })
})

describe('a dry run of join', () => {
  let joining: readonly string[]

  beforeAll(async () => {
    const answer = await answerOn(cp, ['init', ...config])
    await worker.writeFile('/root/token', `${answer.tokens[0]}\n`, '0600')
    const pin = ['--discovery-token-ca-cert-hash', answer.caCertHashes[0] ?? '']
    joining = ['join', answer.endpoint, '--token-file', '/root/token', ...pin, ...ignoring]
  })

  it('a dry run of join with --from creates no token and changes neither host', async () => {
    const unchanged = await stateOf([worker], [cp])
    const watched = await whileWatching(cp, 'secrets,leases,nodes,certificatesigningrequests', async () => {
      const words = ['join', '--host', worker.ssh('ops'), '--from', cp.ssh('ops'), ...ignoring]
      return watchedDry(here, words, [cp, worker])
    })
    expect(watched.value.changes.map(({ what }) => what)).toContain('/etc/kubernetes/bootstrap-kubelet.conf')
    expect(watched.seen.filter(line => /bootstrap-token|w1|kadm/.test(line))).toEqual([])
    expect(await unchanged()).toEqual([])
  })

  it('a dry run of a worker join prints the changes of the later run', async () => {
    const unchanged = await stateOf([worker], [cp])
    const dry = (await answerOn(worker, [...joining, '--dry-run'])) as DryAnswer
    expect(await unchanged()).toEqual([])
    const real = await answerOn(worker, joining)
    expect(comparable(dry.changes)).toEqual(comparable(real.changes))
    for (const { what, after } of dry.changes.filter(({ what }) =>
      /^\/var\/lib\/kubelet\/.*\.(yaml|env)$/.test(what),
    )) {
      expect((await worker.run(['cat', what])).stdout).toBe(after)
    }
  })

  it('a dry run of join prints no changes on a node that has joined', async () => {
    await kubectl(cp, 'wait --for=create node/w1 --timeout=60s')
    await lab.connectPods(cp)
    await kubectl(cp, 'wait --for=condition=Ready node/w1 --timeout=120s')
    const before = await fileTree(worker)
    expect((await answerOn(worker, [...joining, '--dry-run'])).changes).toEqual([])
    expect(difference(lines(before), lines(await fileTree(worker)))).toEqual([])
  })

  it('a dry run of a control plane join prints the later changes and changes no host, cluster or etcd', async () => {
    const control = ['join', '--host', second.ssh(), '--from', cp.ssh(), '--control-plane', ...ignoring]
    await untilSettled()
    const unchanged = await stateOf([second], [cp])
    const dry = (await answerHere(here, [...control, '--dry-run'])) as DryAnswer
    expect(await unchanged()).toEqual([])
    const real = await answerHere(here, control)
    expect(comparable(dry.changes)).toEqual(comparable(real.changes))
    expect(dry.changes.filter(({ kind }) => kind === 'member')).toHaveLength(2)
    for (const { what, after } of dry.changes.filter(({ what }) => /manifests\/kube-.*\.yaml$/.test(what))) {
      expect((await second.run(['cat', what])).stdout).toBe(after)
    }
  })
})

describe('a dry run of reset', () => {
  it('a dry run of reset prints the later changes and does not change the worker', async () => {
    const unchanged = await stateOf([], [worker])
    const dry = await watchedDry(worker, ['reset'], [worker])
    expect(await unchanged()).toEqual([])
    const pki = dry.changes.find(({ what }) => what === '/var/lib/kubelet/pki')
    expect(pki?.contents).toContain('/var/lib/kubelet/pki/kubelet-client-current.pem')
    const real = await answerOn(worker, ['reset', '--force'])
    expect(withoutMounts(dry.changes)).toEqual(withoutMounts(real.changes))
  })

  it('a dry run of reset on a control plane does not change etcd and its members', async () => {
    const unchanged = await stateOf([], [cp])
    const { stdout, leaks } = await watchedRun(cp, ['reset', '--dry-run'], { nodes: [cp] })
    expect(leaks).toEqual([])
    expect(stdout).toContain('would remove /var/lib/etcd/member\n-/var/lib/etcd/member/')
    expect(stdout).toContain('would run: systemctl stop kubelet\n')
    expect(stdout).toMatch(/would stop and remove the pod kube-system\/etcd-cp1\n/)
    expect(await unchanged()).toEqual([])
  })
})

/** Right after an init, controllers still create objects. */
async function untilSettled(): Promise<void> {
  const deadline = Date.now() + 120_000
  for (let last = ''; Date.now() < deadline; await sleep(3000)) {
    const now = (await objectVersions(cp)).join()
    if (now === last) return
    last = now
  }
  throw new Error('the objects of the cluster do not settle')
}

/**
 * The changes of a reset as sorted lines, without kadm's own records of earlier runs and without mounts, which change
 * with pods.
 */
function withoutMounts(changes: Answer['changes']): readonly string[] {
  return comparable(changes).filter(line => !/: (exec umount|remove \/var\/lib\/kadm$)/.test(line))
}

const lines = (text: string) => text.trimEnd().split('\n')

/**
 * The current state: all files of new hosts, those of kadm on configured ones, the objects of the cluster. Returns a
 * query for changes since.
 */
async function stateOf(fresh: readonly LabNode[], made: readonly LabNode[]): Promise<() => Promise<readonly string[]>> {
  const look = async () => [
    ...(await Promise.all(fresh.map(wholeTree))).flat(),
    ...(await Promise.all(made.map(fileTree))).flatMap(lines),
    ...(await objectVersions(cp)),
  ]
  const before = await look()
  return async () => difference(before, await look())
}

/** The result of a dry run that leaked no secret. */
async function watchedDry(at: LabNode | Here, words: readonly string[], nodes: readonly LabNode[]) {
  const all = [...words, '--dry-run', '-o', 'json', '--progress', 'plain']
  const { code, stdout, stderr, leaks } = await watchedRun(at, all, { nodes })
  if (code !== 0) throw new Error(`kadm ${all.join(' ')} exited ${code}\n${stderr}`)
  expect(leaks).toEqual([])
  return JSON.parse(stdout) as DryAnswer
}

/** Returns the writes to objects of these kinds while a task ran. */
async function whileWatching<T>(node: LabNode, kinds: string, run: () => Promise<T>) {
  const file = '/tmp/watched'
  const one = (kind: string) => `kubectl get ${kind} -A --watch-only -o name --kubeconfig /etc/kubernetes/admin.conf`
  const start = kinds.split(',').map(kind => `setsid ${one(kind)} >> ${file} 2>&1 & echo $!`)
  const { stdout } = await node.run(`: > ${file}; ${start.join('\n')}\nsleep 2`)
  const pids = stdout.trim().split('\n')
  const value = await run()
  await node.run(`sleep 1; kill ${pids.join(' ')}`)
  return { value, seen: (await node.readFile(file)).split('\n') }
}
