import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { initPhases } from '../../src/phases/pipelines.ts'
import { answerOn, kadmBinds } from '../e2e/kadm.ts'
import { type KillPoint, killAt, leftovers, nodeNames, show, startOn, tokens } from '../e2e/killing.ts'
import { kubectl } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

const init = ['init', '--config', '/root/init.yaml'] as const
let lab: Lab

beforeAll(async () => {
  lab = await startLab({ name: 'kill-init' })
})
afterAll(() => lab?.stop())

async function freshNode(name: string): Promise<LabNode> {
  const node = await lab.startNode({ name, binds: kadmBinds })
  await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
  return node
}

/** Verifies the state after the same command was run again to its end. */
async function expectWhole(node: LabNode): Promise<void> {
  expect(await kubectl(node, 'get --raw /readyz')).toBe('ok')
  expect(await nodeNames(node)).toEqual([node.name])
  expect(await tokens(node)).toHaveLength(1)
  expect(await leftovers(node)).toEqual([])
  expect((await answerOn(node, init)).changes).toEqual([])
}

describe('repeated interruptions of init', () => {
  let node: LabNode
  beforeAll(async () => {
    node = await freshNode('steps')
  })
  afterAll(() => node.stop())

  const points: readonly KillPoint[] = initPhases.flatMap(phase => [
    { phase, type: 'step-started' } as const,
    { phase, type: 'step-started', afterMs: 15 } as const,
    { phase, type: 'step-done' } as const,
  ])

  it.each(points.map(point => [show(point), point] as const))(
    'init continues an interrupted run and is killed at %s',
    async (_, point) => {
      await killAt(startOn(node, init), point)
    },
  )

  it('init completes after it was killed at one step after another', async () => {
    await answerOn(node, init)
    await expectWhole(node)
  })
})

describe('one interruption of init', () => {
  it.each([100, 300, 600, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 8000])(
    'init completes after it was killed after %d ms',
    async afterMs => {
      const node = await freshNode(`at-${afterMs}`)
      const { code } = await killAt(startOn(node, init), { type: 'run-started', afterMs })
      expect([0, 137]).toContain(code)
      await answerOn(node, init)
      await expectWhole(node)
      await node.stop()
    },
  )
})
