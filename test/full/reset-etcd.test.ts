import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { etcdMembers } from '../e2e/control-planes.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { kubectl } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

let lab: Lab
let here: Here
let cp1: LabNode
let cp2: LabNode

/** Addresses on a second network card, which etcd and the API servers use. */
const second = ['192.168.99.1', '192.168.99.2'] as const
const both = ['cp1 started voter', 'cp2 started voter']

beforeAll(async () => {
  lab = await startLab({ name: 'reset-etcd' })
  here = await kadmHere(lab)
  ;[cp1, cp2] = (await lab.startNodes({ name: 'cp1' }, { name: 'cp2' })) as [LabNode, LabNode]
  for (const [i, node] of [cp1, cp2].entries()) {
    await node.run(
      `ip link add link eth0 name eth1 type macvlan mode bridge; ip addr add ${second[i]}/24 dev eth1; ip link set eth1 up`,
    )
  }
  const config = join(here.home, 'init.yaml')
  const endpoint = { controlPlaneEndpoint: `${second[0]}:6443`, advertiseAddress: second[0] }
  await writeFile(config, labKubeadmConfig({ version: 'v1.37.2', ...endpoint }))
  await answerHere(here, ['init', '--host', cp1.ssh(), '--config', config])
  await answerHere(here, joinArgs())
})
afterAll(() => lab?.stop())

const joinArgs = () => [
  ...['join', '--control-plane', '--host', cp2.ssh(), '--from', cp1.ssh()],
  ...['--apiserver-advertise-address', second[1], ...ignoring],
]
const reset = () => here.run(['reset', '-f', '--host', cp2.ssh(), '-o', 'json', '--progress', 'plain'])
const etcdRuns = async () => (await cp2.run('pidof etcd', { check: false })).code === 0

it.each([['AllowTcpForwarding no'], ['DisableForwarding yes']])(
  'reset refuses an etcd voter that it cannot query because sshd has %s',
  async setting => {
    await cp2.writeFile('/etc/ssh/sshd_config.d/00-test.conf', `${setting}\n`)
    await cp2.run('systemctl reload ssh')
    const { code, stderr } = await reset()
    await cp2.run('rm /etc/ssh/sshd_config.d/00-test.conf; systemctl reload ssh')
    expect(code, stderr).not.toBe(0)
    expect([await etcdRuns(), await etcdMembers(cp1)]).toEqual([true, both])
    expect((await cp2.run('ls /etc/kubernetes/manifests')).stdout.trim().split('\n')).toHaveLength(4)
  },
)

it('reset removes an etcd voter on the second network interface without its manifests', async () => {
  await cp2.run('systemctl stop kubelet; mkdir /root/aside; mv /etc/kubernetes/manifests/* /root/aside')
  const { code, stderr } = await reset()
  expect(code, stderr).toBe(0)
  expect(await etcdMembers(cp1)).toEqual(both.slice(0, 1))
  expect(await kubectl(cp1, 'get --raw /readyz')).toBe('ok')
  expect((await cp2.run('ls -A /var/lib/etcd')).stdout).toBe('')
})

it('reset without containerd reports running containers, and the next reset removes them', async () => {
  await answerHere(here, ['node', 'remove', 'cp2', '--host', cp1.ssh()])
  await answerHere(here, joinArgs())
  await cp2.run('systemctl stop containerd')
  const stopped = await reset()
  expect(stopped.code).toBe(1)
  const { error } = JSON.parse(stopped.stdout) as { error: { code: string; message: string } }
  expect(error.code).toBe('STILL_RUNNING')
  for (const name of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']) {
    expect(error.message).toMatch(new RegExp(`${name} \\(pid \\d+\\)`))
  }
  await cp2.run('test -e /etc/kubernetes/pki/ca.key && systemctl start containerd')
  const { code, stderr } = await reset()
  expect(code, stderr).toBe(0)
  expect((await cp2.run('pgrep -l "kube-|etcd"', { check: false })).stdout).toBe('')
})
