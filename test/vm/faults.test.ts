import { beforeAll, beforeEach, expect, it } from 'vitest'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { preflight } from './preflight.ts'
import { initConfig } from './settings.ts'
import { freshMachine } from './states.ts'

let operator: Operator
let cp1: Machine

beforeAll(async () => {
  operator = await Operator.create()
})
beforeEach(async () => {
  await stopAll()
  cp1 = await freshMachine('cp1')
})

const asked = () => ['--control-plane', '--config', operator.initConfig]
const errors = async () => {
  const checks = await preflight(operator, asked(), [cp1])
  return checks.filter(({ level }) => level === 'error').map(({ check }) => check)
}

it.each([
  {
    fault: 'swap that is on',
    damage: 'fallocate -l 256M /swap; chmod 600 /swap; mkswap /swap; swapon /swap',
    repair: 'swapoff /swap',
    check: 'Swap',
  },
  {
    fault: 'a sysctl that is off',
    damage: 'sysctl -w net.ipv4.ip_forward=0',
    repair: 'sysctl -w net.ipv4.ip_forward=1',
    check: 'FileContent--proc-sys-net-ipv4-ip_forward',
  },
  {
    fault: 'a clock ten minutes behind',
    damage: 'date -s "10 minutes ago"',
    repair: 'date -s "10 minutes"',
    check: 'ClockSkew',
  },
  {
    fault: 'a clock ten minutes ahead',
    damage: 'date -s "10 minutes"',
    repair: 'date -s "10 minutes ago"',
    check: 'ClockSkew',
  },
])('init refuses a machine with $fault, and preflight passes after the repair', async ({ damage, repair, check }) => {
  await cp1.run(damage)
  const refused = await operator.kadm(['init', '--config', operator.initConfig, '--host', cp1.ssh()])
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(check)])
  expect(await errors()).toEqual([check])
  await cp1.run(repair)
  expect(await errors()).toEqual([])
})

it('preflight accepts a machine without the module br_netfilter, as kubeadm does', async () => {
  await cp1.run('modprobe -r br_netfilter')
  await cp1.writeFile('/root/init.yaml', initConfig)
  await cp1.run('kubeadm init phase preflight --config /root/init.yaml')
  expect(await errors()).toEqual([])
})

it('init names the failed mount of a machine without the kernel module overlay, which no check of kubeadm looks for', async () => {
  await cp1.run(`
    systemctl stop containerd
    modprobe -r overlay
    mv /lib/modules/$(uname -r)/kernel/fs/overlayfs /gone
    systemctl start containerd`)
  const failed = await operator.kadm(['init', '--config', operator.initConfig, '--host', cp1.ssh()])
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('does not start: CreatePodSandboxError')])
  expect(failed.stderr.replace(/\s+/g, ' ')).toMatch(/mount source: "overlay".*no such device/)
})
