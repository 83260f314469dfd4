import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kadmBinds, kadmHere } from '../test/e2e/kadm.ts'
import type { Lab, LabNode } from '../test/lab/lab.ts'
import { labKubeadmConfig } from '../test/lab/oracle.ts'
import { type Scenario, succeed, type Tool } from './measure.ts'
import { command, freshNode, ignore, ignoring, phasesOf, succeedHere } from './on-nodes.ts'

const names = ['cp1', 'cp2', 'cp3', 'w1', 'w2'] as const
const keyFile = '/root/certificate-key'

/** The configuration of a cluster whose endpoint is its first control plane, so that no balancer is timed. */
function configFor(first: LabNode): string {
  return labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint: `${first.address}:6443` })
}

/** kubeadm's control plane with certificates uploaded for two hours. */
async function withUploadedCerts(lab: Lab): Promise<void> {
  const { node } = await freshNode(lab, 'cp1')
  await initWithCerts(node)
  // The first request for a certificate waits for a controller that has just started.
  const { node: first } = await freshNode(lab, 'first')
  await succeed(first, await joinWords(node, 'kubeadm'))
  await leave(lab, first)
}

async function initWithCerts(node: LabNode): Promise<void> {
  await node.writeFile('/root/init.yaml', configFor(node))
  await succeed(node, '/usr/bin/kubeadm init --config /root/init.yaml --upload-certs')
  const uploaded = '/usr/bin/kubeadm init phase upload-certs --upload-certs --config /root/init.yaml'
  await succeed(node, `${uploaded} | tail -n 1 > ${keyFile}`)
}

/** The arguments of a join; with `key`, as a control plane. */
async function joinWords(first: LabNode, tool: Tool, key?: 'control-plane'): Promise<string> {
  const printed = await succeed(first, '/usr/bin/kubeadm token create --print-join-command')
  const words = `${printed.trim().replace(/^kubeadm /, '')} ${ignore}`
  if (key === undefined) return command(tool, words)
  const certificateKey = (await succeed(first, `cat ${keyFile}`)).trim()
  return command(tool, `${words} --control-plane --certificate-key ${certificateKey}`)
}

/**
 * Removes the node from etcd and the cluster, so that the next run starts from the same state. Its pods would remain
 * for a minute, and both tools read the endpoints of etcd from them.
 */
async function leave(lab: Lab, node: LabNode): Promise<void> {
  await succeed(node, '/usr/bin/kubeadm reset -f')
  const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf'
  const pods = `--field-selector spec.nodeName=${node.name} --force --grace-period 0`
  await succeed(lab.node('cp1'), `${kubectl} delete node ${node.name} && ${kubectl} -n kube-system delete pods ${pods}`)
  await node.stop()
}

const controlPlaneJoin: Scenario = {
  name: 'cp-join',
  title: 'Control plane join, on the node with uploaded certificates',
  target: 0.6,
  floor:
    'most of the time is the start of etcd and of the API server; kubeadm takes 12 to 25 s for it, which changes the ratio',
  setUp: withUploadedCerts,
  async prepare(lab, tool, run) {
    const { node } = await freshNode(lab, `cp-${tool}-${run}`)
    const words = await joinWords(lab.node('cp1'), tool, 'control-plane')
    return { run: async () => phasesOf(tool, await succeed(node, words)), tearDown: () => leave(lab, node) }
  },
}

const controlPlaneJoinSsh: Scenario = {
  name: 'cp-join-ssh',
  title: 'Control plane join: kadm on the node (in place of kubeadm), kadm over SSH with --from',
  targetMore: 1,
  floor: 'kadm logs in to two hosts, and separate commands read and write the files of each phase',
  setUp: withUploadedCerts,
  async prepare(lab, tool, run) {
    if (tool === 'kubeadm') return controlPlaneJoin.prepare(lab, 'kadm', run)
    const { node } = await freshNode(lab, `cp-ssh-${run}`)
    const here = await kadmHere(lab)
    const args = ['join', '--control-plane', '--host', node.ssh(), '--from', lab.node('cp1').ssh(), ...ignoring]
    return { run: async () => phasesOf('kadm', await succeedHere(here, args)), tearDown: () => leave(lab, node) }
  },
}

const wholeCluster: Scenario = {
  name: 'cluster',
  title: 'Three control planes and two workers: kadm over SSH, kubeadm on one node after another',
  target: 0.5,
  floor:
    'five nodes share the processors, which are hardly idle while kadm runs. Work divided by the number of processors is the minimum time: for kadm nearly all of its time, for kubeadm half of it',
  async prepare(lab, tool) {
    await lab.startNodes(...names.map(name => ({ name, binds: kadmBinds })))
    return {
      run: () => (tool === 'kadm' ? clusterByKadm(lab) : clusterByKubeadm(lab)),
      tearDown: async () => {
        for (const name of names) await lab.stopNode(name)
      },
    }
  },
}

async function clusterByKubeadm(lab: Lab): Promise<undefined> {
  const first = lab.node('cp1')
  await initWithCerts(first)
  for (const name of ['cp2', 'cp3']) {
    await succeed(lab.node(name), await joinWords(first, 'kubeadm', 'control-plane'))
  }
  for (const name of ['w1', 'w2']) await succeed(lab.node(name), await joinWords(first, 'kubeadm'))
  return undefined
}

async function clusterByKadm(lab: Lab): Promise<undefined> {
  const here = await kadmHere(lab)
  const config = join(here.home, 'init.yaml')
  const hosts = (...chosen: readonly string[]) => chosen.flatMap(name => ['--host', lab.node(name).ssh()])
  await writeFile(config, configFor(lab.node('cp1')))
  await succeedHere(here, ['init', ...hosts('cp1'), '--config', config])
  const from = ['--from', lab.node('cp1').ssh(), ...ignoring]
  await Promise.all([
    succeedHere(here, ['join', '--control-plane', ...hosts('cp2', 'cp3'), ...from]),
    succeedHere(here, ['join', ...hosts('w1', 'w2'), ...from]),
  ])
  return undefined
}

/** Scenarios with several nodes or a joining control plane. */
export const clusterScenarios: readonly Scenario[] = [controlPlaneJoin, controlPlaneJoinSsh, wholeCluster]
