import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { program } from '../lab/program.ts'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { initConfig, patienceMs } from './settings.ts'
import { freshMachine } from './states.ts'

let operator: Operator
let cp1: Machine

beforeAll(async () => {
  await stopAll()
  operator = await Operator.create()
  cp1 = await freshMachine('cp1')
})

it('the executable alone makes a control plane on the machine that it runs on', async () => {
  await cp1.writeFile('/usr/local/bin/kadm', readFileSync(program))
  await cp1.writeFile('/root/init.yaml', initConfig)
  const init = 'chmod +x /usr/local/bin/kadm && cd / && kadm init --config /root/init.yaml -o json --progress plain'
  const { stdout } = await cp1.run(init, { timeoutMs: patienceMs })
  expect(JSON.parse(stdout).joinCommands).not.toEqual([])
  await operator.useCluster(cp1.ssh())
  expect(await operator.kubectlUntil(['get', '--raw', '/readyz'])).toBe('ok')
})
