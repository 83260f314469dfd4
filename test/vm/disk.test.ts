import { beforeAll, expect, it } from 'vitest'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { freshMachine, initialized, joinWorker } from './states.ts'

let operator: Operator
let cp1: Machine
let w1: Machine

beforeAll(async () => {
  await stopAll()
  operator = await Operator.create()
  w1 = await freshMachine('w1')
  cp1 = (await initialized(operator)).machines[0] as Machine
})

it('a join on a full disk names the path and the cause, and the same join succeeds once there is room', async () => {
  await w1.run('dd if=/dev/zero of=/full bs=1M', { check: false })
  const hosts = ['--host', w1.ssh('ops'), '--from', cp1.ssh()]
  const failed = await operator.kadm(['join', ...hosts, '--config', operator.joinConfig])
  expect(failed.code).not.toBe(0)
  expect(failed.stderr).toMatch(/no space left on device/i)
  await w1.run('rm /full')
  await joinWorker(operator, w1, cp1)
})
