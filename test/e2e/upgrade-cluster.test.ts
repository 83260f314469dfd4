import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lab, LabNode } from '../lab/lab.ts'
import { oracleKubeadm } from '../lab/oracle.ts'
import { type Here, ignoring } from './kadm.ts'
import { fileTree, kubectl, untilReady } from './observe.ts'
import { binaries, old, provideKubelet, startOldCluster, target } from './old-cluster.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode

beforeAll(async () => {
  const made = await startOldCluster({ name: 'upgrade', workers: 1, untainted: true })
  ;({ lab, here, cp } = made)
  worker = lab.node('w1')
  await provideKubelet(made.nodes, target)
}, 1_500_000)
afterAll(() => lab?.stop())

const hosts = () => ['--host', `${cp.ssh()},${worker.ssh('ops')}`, ...ignoring]
const words = (...more: readonly string[]) => {
  return ['upgrade', 'cluster', target, '-y', ...hosts(), '--binaries', binaries, '--progress', 'plain', ...more]
}

/** The name, the version of the kubelet, whether it is cordoned, and readiness of each Node. */
async function nodes(): Promise<readonly string[]> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}'
  const fields = `{.metadata.name} {.status.nodeInfo.kubeletVersion} {.spec.unschedulable} ${ready}{"\\n"}`
  return (await kubectl(cp, `get nodes -o jsonpath='{range .items[*]}${fields}{end}'`)).trim().split('\n')
}

/** A program that prints the version of the target and does not start as a kubelet. */
const broken = `#!/bin/sh\n[ "$1" = --version ] && echo 'Kubernetes ${target}' && exit\necho 'cannot start' >&2; exit 1\n`

describe('upgrade cluster', () => {
  it('a dry run of an upgrade reports the changes of all nodes and makes none', async () => {
    const before = await Promise.all([cp, worker].map(fileTree))
    const { code, stdout, stderr } = await here.run([...words(), '--dry-run'])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('/etc/kubernetes/manifests/kube-apiserver.yaml')
    expect(await Promise.all([cp, worker].map(fileTree))).toEqual(before)
    expect(await nodes()).toEqual([`cp1 ${old}  True`, `w1 ${old}  True`])
  })

  it('a kubelet that does not start stops the upgrade, and the node has the earlier kubelet again', async () => {
    await worker.writeFile(`${binaries}/kubelet`, broken)
    await worker.run(`cd ${binaries} && sha256sum kubelet > SHA256SUMS`)
    const { code, stderr } = await here.run(words())
    expect(code, stderr).toBe(1)
    expect(stderr).toMatch(new RegExp(`the kubelet of w1 is ${old} again`))
    await untilReady(cp, ['cp1', 'w1'])
    expect(await nodes()).toEqual([`cp1 ${target}  True`, `w1 ${old} true True`])
  })

  it('an upgrade that was killed continues with the same command, and a further run changes nothing', async () => {
    await worker.run(`cd ${binaries} && cp ${oracleKubeadm(target)} kubelet && sha256sum kubelet > SHA256SUMS`)
    const killed = here.start(words())
    let shown = ''
    await new Promise<void>(resolve => {
      killed.stderr.on('data', chunk => {
        shown += chunk
        if (/w1.*(Install the new kubelet|upgrade-kubelet\/install)/.test(shown)) killed.kill('SIGKILL')
      })
      killed.on('close', () => resolve())
    })
    expect(killed.signalCode, shown).toBe('SIGKILL')
    const hook = `test "$PWD" = '${process.cwd()}' && test "$KADM_VERSION" = ${target}`
    const { code, stdout, stderr } = await here.run([...words(), '--after-node', hook])
    expect(code, stderr).toBe(0)
    expect(stdout).toContain(`All nodes have version ${target}`)
    await untilReady(cp, ['cp1', 'w1'])
    expect(await nodes()).toEqual([`cp1 ${target}  True`, `w1 ${target}  True`])
    const again = await here.run([...words(), '-o', 'json'])
    expect(JSON.parse(again.stdout)).toMatchObject({ changes: [], left: [], to: target })
  })

  it('kubeadm finds nothing to upgrade afterwards', async () => {
    const { stdout } = await cp.run([oracleKubeadm(target), 'upgrade', 'diff', target], { timeoutMs: 120_000 })
    expect(stdout.split('\n').filter(line => /^[-+] /.test(line))).toEqual([])
  })
})
