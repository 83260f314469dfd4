import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWriting } from '../e2e/ha/client.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { old, tagsOf, target } from '../e2e/old-cluster.ts'
import type { Balancer } from '../lab/balancer.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

const names = ['cp1', 'cp2', 'cp3'] as const
const oldTags = ['3.6.8-0', old, old, old]
const newTags = ['3.7.0-0', target, target, target]

let lab: Lab
let here: Here
let balancer: Balancer
const node = (name: string): LabNode => lab.node(name)
const hosts = (...of: readonly string[]) => of.flatMap(name => ['--host', node(name).ssh()])

beforeAll(async () => {
  lab = await startLab({ name: 'rollbacks', most: { controlPlanes: 3, workers: 0 }, versions: [old, target] })
  await lab.startNodes(...names.map(name => ({ name, kubernetes: old })))
  here = await kadmHere(lab)
  balancer = await lab.startBalancer(6443, names.map(node))
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version: old, controlPlaneEndpoint: balancer.endpoint }))
  await answerHere(here, ['init', ...hosts('cp1'), '--config', config])
  const from = ['--from', node('cp1').ssh(), ...ignoring]
  await answerHere(here, ['join', '--control-plane', ...hosts('cp2', 'cp3'), ...from])
  await kubectl(node('cp1'), 'taint node --all node-role.kubernetes.io/control-plane-')
  await lab.connectPods(node('cp1'))
  await untilReady(node('cp1'), names)
})
afterAll(async () => {
  await balancer?.close()
  await lab?.stop()
})

const tags = () => Promise.all(names.map(name => tagsOf(node(name))))

/** The versions of the members of etcd and of their data, as each one reports them. */
async function members(): Promise<readonly string[]> {
  const pki = '/etc/kubernetes/pki/etcd'
  const tls = `--cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`
  const { stdout } = await node('cp1').run(`/opt/oracle/${target}/etcdctl ${tls} endpoint status --cluster -w json`)
  const found = JSON.parse(stdout) as readonly { Status: { version: string; storageVersion: string } }[]
  return found.map(({ Status: { version, storageVersion } }) => `${version} ${storageVersion}`)
}

const storedVersion = async () => {
  const text = await kubectl(
    node('cp2'),
    '-n kube-system get cm kubeadm-config -o jsonpath={.data.ClusterConfiguration}',
  )
  return /^kubernetesVersion: (.*)$/m.exec(text)?.[1]
}

describe('rollback with three control planes', () => {
  it.each(['etcd', 'kube-apiserver'])(
    'a control plane whose %s does not start returns to the others with the earlier version',
    async component => {
      const patches = join(here.home, component)
      await mkdir(patches)
      const patch = '[{op: add, path: /spec/containers/0/command/-, value: --no-such-flag=1}]'
      await writeFile(join(patches, `${component}+json.yaml`), patch)
      const words = ['upgrade', 'apply', target, '-y', ...hosts('cp1'), ...ignoring, '--patches', patches]
      const { code, stderr } = await here.run([...words, '--rollback-on-failure', '--progress', 'plain'])
      expect(code, stderr).toBe(7)
      expect(stderr).toContain(`cp1 was rolled back to ${old}`)
      expect(await tags()).toEqual([oldTags, oldTags, oldTags])
      expect(await members()).toEqual(Array(3).fill('3.6.8 3.6.0'))
      await untilReady(node('cp1'), names)
    },
  )

  it('all control planes are upgraded, and rolled back in the reverse order, and no write is lost', async () => {
    const { stdout: kubeconfig } = await node('cp1').run('cat /etc/kubernetes/admin.conf')
    const writing = await startWriting(kubeconfig)
    await answerHere(here, ['upgrade', 'apply', target, '-y', ...hosts('cp1'), ...ignoring])
    await answerHere(here, ['upgrade', 'node', ...hosts('cp2', 'cp3'), ...ignoring])
    expect(await tags()).toEqual([newTags, newTags, newTags])
    const upgraded = writing.written.length
    for (const name of names.toReversed()) await answerHere(here, ['upgrade', 'rollback', '-y', ...hosts(name)])
    await writing.finish()
    console.log(
      `${upgraded} writes until all were upgraded, ${writing.written.length} until all were rolled back;`,
      `longest gap ${writing.longestGapMs} ms`,
    )
    expect(writing.lost).toEqual([])
    expect(writing.longestGapMs).toBeLessThan(5000)
    expect(await tags()).toEqual([oldTags, oldTags, oldTags])
    expect(await members()).toEqual(Array(3).fill('3.6.8 3.6.0'))
    expect(await storedVersion()).toBe(old)
    await untilReady(node('cp1'), names)
    const diff = await answerHere(here, ['upgrade', 'diff', ...hosts(...names)])
    expect((diff as { readonly changes?: readonly unknown[] }).changes).toEqual([])
  })
})
