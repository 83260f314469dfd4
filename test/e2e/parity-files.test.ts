import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KubernetesVersion, type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { kubernetesVersions } from '../lab/versions.ts'
import { kadmBinds } from './kadm.ts'
import { readTree } from './parity/files.ts'
import { describeFiles } from './parity/kubernetes-folder.ts'
import { kadm, kubeadm, type Tool } from './parity/tool.ts'

const folder = join(import.meta.dirname, 'parity', 'cases')
const cases = readdirSync(folder).map(file => {
  const text = readFileSync(join(folder, file), 'utf8')
  return { name: file.replace(/\.yaml$/, ''), text, version: versionOf(text) }
})

/** The phases that only write to the node's disk, in order. */
const phases = ['certs all', 'kubeconfig all', 'control-plane all', 'etcd local', 'kubelet-start']
const kubeletFiles = ['config.yaml', 'instance-config.yaml', 'kubeadm-flags.env'].map(
  file => `/var/lib/kubelet/${file}`,
)
const config = '/root/kubeadm.yaml'

describe('the files of a control plane', () => {
  let lab: Lab
  let node: LabNode

  beforeAll(async () => {
    lab = await startLab({ name: 'parity-files', most: { machines: 1 } })
    node = await lab.startNode({ name: 'cp1', binds: kadmBinds })
    await quietKubelet(node)
  })
  afterAll(() => lab?.stop())

  it.each(cases)('kadm and kubeadm write the same control plane files: $name', async ({ text, version }) => {
    await node.writeFile(config, text)
    const theirs = await filesOf(kubeadm(version), node)
    const ours = await filesOf(kadm, node)
    expect(Object.keys(theirs).length).toBeGreaterThan(20)
    expect(ours).toEqual(theirs)
  })
})

/** Returns the files that a tool writes on a node without a cluster. */
async function filesOf(tool: Tool, node: LabNode) {
  await wipe(node)
  const starts: Record<string, Date> = {}
  for (const phase of phases) {
    starts[phase] = new Date()
    await tool(node, ['init', 'phase', ...phase.split(' '), '--config', config])
  }
  const files = readTree(node.rootPath, ['/etc/kubernetes', '/var/lib/etcd', '/var/lib/own-etcd', ...kubeletFiles])
  const [certs = new Date(0), kubeconfig = new Date(0)] = [starts['certs all'], starts['kubeconfig all']]
  return describeFiles(files, { certs, kubeconfig })
}

async function wipe(node: LabNode): Promise<void> {
  const folders = '/etc/kubernetes/* /var/lib/etcd /var/lib/own-etcd'
  await node.run(`systemctl stop kubelet; rm -rf ${folders} ${kubeletFiles.join(' ')}`)
}

/** Lets the service start and stop without running anything: no static pod must start here. */
async function quietKubelet(node: LabNode): Promise<void> {
  const dropIn = '[Service]\nExecStart=\nExecStart=/bin/sleep infinity\n'
  await node.writeFile('/etc/systemd/system/kubelet.service.d/90-quiet.conf', dropIn)
  await node.run('systemctl daemon-reload')
}

function versionOf(text: string): KubernetesVersion {
  const found = kubernetesVersions.find(version => text.includes(`kubernetesVersion: ${version}\n`))
  if (found === undefined) throw new Error('a case must name a version of the lab')
  return found
}
