import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BalancedCluster, startBalancedCluster } from '../e2e/ha/balanced.ts'
import { startWriting } from '../e2e/ha/client.ts'
import { answerHere, type Here, ignoring } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { old, tagsOf, target } from '../e2e/old-cluster.ts'
import type { LabNode } from '../lab/lab.ts'

const names = ['cp1', 'cp2', 'cp3'] as const
const oldTags = ['3.6.8-0', old, old, old]
const newTags = ['3.7.0-0', target, target, target]

let cluster: BalancedCluster
let here: Here
const node = (name: string): LabNode => cluster.node(name)
const hosts = (...of: readonly string[]) => cluster.hosts(...of)

beforeAll(async () => {
  cluster = await startBalancedCluster({
    ...{ name: 'rollbacks', version: old, versions: [old, target] },
    controlPlanes: names,
  })
  here = cluster.here
  await kubectl(node('cp1'), 'taint node --all node-role.kubernetes.io/control-plane-')
  await cluster.lab.connectPods(node('cp1'))
  await untilReady(node('cp1'), names)
})
afterAll(() => cluster?.stop())

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

  it('all control planes are upgraded, and rolled back, the first one last, and no write is lost', async () => {
    const { stdout: kubeconfig } = await node('cp1').run('cat /etc/kubernetes/admin.conf')
    const writing = await startWriting(kubeconfig)
    await answerHere(here, ['upgrade', 'apply', target, '-y', ...hosts('cp1'), ...ignoring])
    await answerHere(here, ['upgrade', 'node', ...hosts('cp2', 'cp3'), ...ignoring])
    expect(await tags()).toEqual([newTags, newTags, newTags])
    const upgraded = writing.written.length
    const back = ['upgrade', 'rollback', '-y', ...hosts(...names)]
    await answerHere(here, ['upgrade', 'rollback', '-y', ...hosts('cp2')])
    await answerHere(here, back)
    expect((await answerHere(here, back)).changes).toEqual([])
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
