import { beforeAll, beforeEach, expect, it } from 'vitest'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { type Judged, preflight } from './preflight.ts'
import { freshMachine, initialized, joinWorker } from './states.ts'

let operator: Operator
let cp1: Machine
let w1: Machine

beforeAll(async () => {
  await stopAll()
  operator = await Operator.create()
  await freshMachine('w1')
  cp1 = (await initialized(operator)).machines[0] as Machine
})
beforeEach(async () => {
  w1 = await freshMachine('w1')
})

const joining = () => ['join', '--host', w1.ssh('ops'), '--from', cp1.ssh(), '--config', operator.joinConfig]
const look = () => preflight(operator, ['--from', cp1.ssh()], [w1])
const errors = (checks: readonly Judged[]) => checks.filter(({ level }) => level === 'error').map(({ check }) => check)

it.each([
  [
    'swap that is on',
    'fallocate -l 256M /swap; chmod 600 /swap; mkswap -q /swap; swapon /swap',
    'swapoff /swap',
    'Swap',
  ],
  [
    'a sysctl that is off',
    'sysctl -q -w net.ipv4.ip_forward=0',
    'sysctl -q -w net.ipv4.ip_forward=1',
    'FileContent--proc-sys-net-ipv4-ip_forward',
  ],
  [
    'a kernel module that is missing',
    'systemctl stop containerd; umount -a -t overlay; modprobe -r overlay; mv /lib/modules/*/kernel/fs/overlayfs /gone; systemctl start containerd',
    'mv /gone /lib/modules/*/kernel/fs/overlayfs; systemctl restart containerd',
    'CRI',
  ],
  ['a clock ten minutes behind', 'date -s "-10 minutes"', 'date -s "+10 minutes"', 'ClockSkew'],
  ['a clock ten minutes ahead', 'date -s "+10 minutes"', 'date -s "-10 minutes"', 'ClockSkew'],
])('preflight and join refuse a worker with %s, and preflight passes without it', async (_, damage, repair, name) => {
  await w1.run(damage)
  expect(errors(await look())).toEqual([name])
  const refused = await operator.kadm(joining())
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(name)])
  await w1.run(repair)
  expect(errors(await look())).toEqual([])
})

it('a join on a full disk names the path and the cause, and the same join succeeds once there is room', async () => {
  await w1.run('dd if=/dev/zero of=/full bs=1M 2>/dev/null; sync; df / >&2', { check: false })
  const failed = await operator.kadm(joining())
  expect([failed.code, failed.stderr]).toEqual([
    expect.any(Number),
    expect.stringMatching(/no space left|No space left/),
  ])
  expect(failed.code).not.toBe(0)
  await w1.run('rm /full')
  await joinWorker(operator, w1, cp1)
})
