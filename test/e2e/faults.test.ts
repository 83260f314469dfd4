import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EndFault, fillDisk, limitDisk } from '../lab/faults.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { answerHere, type Here, kadmHere } from './kadm.ts'
import { cutOff, leftovers, nodeNames, startHere, tokens } from './killing.ts'
import { kubectl } from './observe.ts'
import { brokenFiles, filesBelow } from './whole-files.ts'

let lab: Lab
let here: Here
let node: LabNode
let init: readonly string[]

beforeAll(async () => {
  lab = await startLab({ name: 'faults', most: { controlPlanes: 1 } })
  here = await kadmHere(lab)
  node = await lab.startNode({ name: 'cp1' })
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version: 'v1.37.2' }))
  init = ['init', '--host', node.ssh('ops'), '--config', config]
})
afterAll(() => lab?.stop())

/** test/full runs the same at more points, and on the host itself. */
describe('init over SSH', () => {
  let endFault: EndFault

  it('init over SSH reports the directory of a full disk and leaves only whole files', async () => {
    await limitDisk(node, '/etc/kubernetes', '2m')
    endFault = await fillDisk(node, '/etc/kubernetes', 10 * 4096)
    const { code, stderr } = await here.run(init)
    expect(stderr).toMatch(/cannot write \/etc\/kubernetes\/\S+ on \S+: .*no space left on device/i)
    expect(stderr).toMatch(/hint +make room on the disk of \S+, then run the same command again/)
    expect(code).toBe(1)
    expect(await leftovers(node)).toEqual([])
    expect((await filesBelow(node, '/etc/kubernetes')).size).toBeGreaterThan(0)
    expect(await brokenFiles(node, '/etc/kubernetes')).toEqual([])
  })

  it('init over SSH reports host and step within 30 s of a network failure', async () => {
    await endFault()
    const point = { phase: 'wait-control-plane/api', type: 'step-started', afterMs: 300 } as const
    const { seconds, code, stderr } = await cutOff(startHere(here, init), point, node)
    expect(code, stderr).toBe(4)
    expect(seconds).toBeLessThan(30)
    expect(stderr).toMatch(
      /✗ wait-control-plane\/api failed on cp1 +HOST_UNREACHABLE\n +lost the connection to \S+ during/,
    )
    await node.connect()
  })

  it('init over SSH completes when it is repeated after a failure', async () => {
    await answerHere(here, init)
    expect(await kubectl(node, 'get --raw /readyz')).toBe('ok')
    expect([await nodeNames(node), await leftovers(node)]).toEqual([['cp1'], []])
    expect(await tokens(node)).toHaveLength(1)
  })
})
