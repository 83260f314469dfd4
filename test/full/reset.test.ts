import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerOn, kadmBinds } from '../e2e/kadm.ts'
import { difference, type MachineState, machineState } from '../e2e/machine-state.ts'
import { kubectl } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { kubernetesVersions } from '../lab/versions.ts'

let lab: Lab
beforeAll(async () => {
  lab = await startLab({ name: 'reset-full' })
})
afterAll(() => lab?.stop())

/** What a reset leaves here; see test/e2e/reset.test.ts. */
const left = / \/(var\/log|usr\/libexec\/kubernetes|usr\/lib\/modules|root\/\.kube|run\/kadm)/

describe.each(kubernetesVersions)('reset of %s with custom directories and nftables', version => {
  let node: LabNode
  let fresh: MachineState

  beforeAll(async () => {
    node = await lab.startNode({ name: `cp-${version.replaceAll('.', '-')}`, binds: kadmBinds, kubernetes: version })
    const cluster = { certificatesDir: '/etc/ssl/kube', etcd: { local: { dataDir: '/srv/etcd' } } }
    await node.writeFile('/root/init.yaml', labKubeadmConfig({ version, cluster, proxy: { mode: 'nftables' } }))
    await node.run(
      'mkdir -p /etc/ssl/kube /var/lib/etcd/member; echo mine | tee /etc/ssl/kube/mine.pem /var/lib/etcd/member/db',
    )
    fresh = await machineState(node)
  })
  afterAll(() => node?.stop())

  it('reset restores the original state of the host and keeps files of other programs', async () => {
    await answerOn(node, ['init', '--config', '/root/init.yaml'])
    await kubectl(node, '-n kube-system rollout status daemonset/kube-proxy --timeout=100s')
    await node.run('timeout 60 sh -c "until nft list tables | grep -q kube-proxy; do sleep 0.2; done"')
    const answer = await answerOn(node, ['reset', '-f', '--cleanup-network'])
    expect(JSON.stringify(answer)).toContain('/etc/ssl/kube/mine.pem: not written by kubeadm or kadm')
    expect(JSON.stringify(answer)).toContain('/var/lib/etcd: etcd data')
    expect((await node.run('nft list tables')).stdout).not.toContain('kube-proxy')
    const after = await machineState(node)
    const emptied = ['/etc/kubernetes/manifests', '/srv/etcd'].map(dir => `+ drwx------ root:root ${dir}`)
    const files = difference(fresh.files, after.files).filter(line => !left.test(line) && !emptied.includes(line))
    expect(files).toEqual([])
    expect(difference(fresh.mounts, after.mounts)).toEqual([])
    expect(difference(fresh.rules, after.rules)).toEqual([])
    expect(difference(fresh.processes, after.processes).filter(line => line !== '- kubelet')).toEqual([])
  })
})
