import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kadmHere } from '../test/e2e/kadm.ts'
import type { Lab } from '../test/lab/lab.ts'
import { labKubeadmConfig } from '../test/lab/oracle.ts'
import { certsScenarios } from './certs-scenarios.ts'
import { clusterScenarios } from './cluster-scenarios.ts'
import { type Scenario, succeed, type Timed, type Tool } from './measure.ts'
import { command, freshNode, ignore, ignoring, onNode, phasesOf, succeedHere } from './on-nodes.ts'
import { renewScenarios } from './renew-scenarios.ts'
import { check50, ssh50 } from './ssh-scenarios.ts'
import { upgradeScenarios } from './upgrade-scenarios.ts'

const config = labKubeadmConfig({ version: 'v1.37.2' })

/** A command on one long-lived node. */
function simple(
  about: Pick<Scenario, 'name' | 'title' | 'target' | 'floor'>,
  words: (tool: Tool, run: number) => string,
): Scenario {
  return {
    ...about,
    setUp: async lab => {
      const { node } = await freshNode(lab, 'node')
      await node.writeFile('/root/init.yaml', config)
    },
    prepare: async (lab, tool, run) => ({
      run: async () => void (await succeed(lab.node('node'), `${onNode[tool]} ${words(tool, run)}`)),
    }),
  }
}

function certsAll(tool: Tool, run: number): string {
  return `init phase certs all --kubernetes-version v1.37.2 --cert-dir /root/pki-${tool}-${run}`
}

const init: Scenario = {
  name: 'init',
  title: 'Whole init, one control plane',
  target: 0.75,
  floor: 'two thirds of the time are the start of etcd and the API server, which is the same for both tools',
  async prepare(lab, tool, run) {
    const { node, stop } = await freshNode(lab, `cp-${tool}-${run}`)
    await node.writeFile('/root/init.yaml', config)
    const run_ = async () => phasesOf(tool, await succeed(node, command(tool, 'init --config /root/init.yaml')))
    return { run: run_, tearDown: stop }
  },
}

async function controlPlane(lab: Lab): Promise<void> {
  const { node } = await freshNode(lab, 'cp1')
  await node.writeFile('/root/init.yaml', config)
  await succeed(node, '/usr/bin/kubeadm init --config /root/init.yaml')
  // The first request for a certificate waits for a controller that has just started.
  const { node: first, stop } = await freshNode(lab, 'first')
  await succeed(first, `${(await joinWords(lab, 'kubeadm')).trim()}`)
  await stop()
}

async function joinWords(lab: Lab, tool: Tool): Promise<string> {
  const printed = (await succeed(lab.node('cp1'), '/usr/bin/kubeadm token create --print-join-command')).trim()
  return command(tool, `${printed.replace(/^kubeadm /, '')} ${ignore}`)
}

async function joinOnNode(lab: Lab, tool: Tool, run: number): Promise<Timed> {
  const { node, stop } = await freshNode(lab, `w-${tool}-${run}`)
  const words = await joinWords(lab, tool)
  return { run: async () => phasesOf(tool, await succeed(node, words)), tearDown: stop }
}

const join_: Scenario = {
  name: 'join',
  title: 'Worker join, on the node',
  target: 0.9,
  floor:
    'the kubelet takes half a second to get its certificate, and kadm then waits until the Node exists, which kubeadm does not',
  setUp: controlPlane,
  prepare: joinOnNode,
}

const joinSsh: Scenario = {
  name: 'join-ssh',
  title: 'Worker join: kadm on the node (in place of kubeadm), kadm over SSH with --from',
  targetMore: 1,
  setUp: controlPlane,
  async prepare(lab, tool, run) {
    if (tool === 'kubeadm') return joinOnNode(lab, 'kadm', run)
    const { node, stop } = await freshNode(lab, `w-ssh-${run}`)
    const here = await kadmHere(lab)
    const args = ['join', '--host', node.ssh(), '--from', lab.node('cp1').ssh(), ...ignoring]
    return { run: async () => phasesOf('kadm', await succeedHere(here, args)), tearDown: stop }
  },
}

const initSsh: Scenario = {
  name: 'init-ssh',
  title: 'Whole init: kadm on the node (in place of kubeadm), kadm over SSH',
  targetMore: 1,
  async prepare(lab, tool, run) {
    if (tool === 'kubeadm') return init.prepare(lab, 'kadm', run)
    const { node, stop } = await freshNode(lab, `cp-ssh-${run}`)
    const here = await kadmHere(lab)
    const path = join(here.home, 'init.yaml')
    await writeFile(path, config)
    const args = ['init', '--host', node.ssh(), '--config', path]
    return { run: async () => phasesOf('kadm', await succeedHere(here, args)), tearDown: stop }
  },
}

const startUp = 'an empty program takes Node 0.03 s, and the code of kadm as much again, though compiled beforehand'
const keys = 'the keys take most of the time'

export const scenarios: readonly Scenario[] = [
  simple({ name: 'version', title: 'Start-up: `version`', target: 0.8, floor: startUp }, () => 'version'),
  simple({ name: 'certs', title: 'All certificates (RSA-2048)', target: 1, floor: keys }, certsAll),
  init,
  initSsh,
  join_,
  joinSsh,
  ...clusterScenarios,
  ...certsScenarios,
  ...renewScenarios,
  ...upgradeScenarios,
  ssh50,
  check50,
]
