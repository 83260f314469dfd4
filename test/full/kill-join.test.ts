import { writeFile } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, answerHere, answerOn, type Here, ignoring, kadmBinds, kadmHere } from '../e2e/kadm.ts'
import {
  type KillPoint,
  killAt,
  leftovers,
  nodeNames,
  type Running,
  show,
  startHere,
  startOn,
  tokenSecrets,
} from '../e2e/killing.ts'
import { kubectl } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

const workerPhases = ['preflight', 'kubelet-start', 'kubelet-wait-bootstrap']

let lab: Lab
let here: Here
let cp: LabNode
let made: Answer

beforeAll(async () => {
  lab = await startLab({ name: 'kill-join' })
  here = await kadmHere(lab)
  cp = await lab.startNode({ name: 'cp1' })
  const config = joinPath(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version: 'v1.37.2' }))
  made = await answerHere(here, ['init', '--host', cp.ssh(), '--config', config])
})
afterAll(() => lab?.stop())

/** A way to join: one run that may be killed, and one that completes. */
interface Way {
  readonly start: (node: LabNode) => Running
  readonly finish: (node: LabNode) => Promise<Answer>
}

const bySsh = (node: LabNode) => ['join', '--host', node.ssh('ops'), '--from', cp.ssh('ops'), ...ignoring]
const byToken = () => {
  const pin = ['--discovery-token-ca-cert-hash', made.caCertHashes[0] ?? '']
  return ['join', made.endpoint, '--token', made.tokens[0] ?? '', ...pin, ...ignoring]
}
const ways: Readonly<Record<string, Way>> = {
  'on the host, by token': {
    start: node => startOn(node, byToken()),
    finish: node => answerOn(node, byToken()),
  },
  'over SSH, from the control plane': {
    start: node => startHere(here, bySsh(node)),
    finish: node => answerHere(here, bySsh(node)),
  },
}

/** Verifies the state after the same command was run again to its end. */
async function expectWhole(way: Way, node: LabNode): Promise<void> {
  await kubectl(cp, `wait --for=create node/${node.name} --timeout=60s`)
  expect(await nodeNames(cp)).toEqual([cp.name, node.name].sort())
  expect((await node.run('ls /etc/kubernetes')).stdout).toBe('kubelet.conf\npki\n')
  expect(await leftovers(node)).toEqual([])
  expect((await way.finish(node)).changes).toEqual([])
}

afterEach(async () => {
  for (const node of lab.nodes.filter(({ name }) => name !== cp.name)) {
    await lab.stopNode(node.name)
    await kubectl(cp, `delete node ${node.name} --ignore-not-found`)
  }
})

describe.each(Object.entries(ways))('a worker join %s', (_, way) => {
  const points: readonly KillPoint[] = workerPhases.flatMap(phase => [
    { phase, type: 'step-started' } as const,
    { phase, type: 'step-started', afterMs: 10 } as const,
    { phase, type: 'step-started', afterMs: 60 } as const,
    { phase, type: 'step-started', afterMs: 400 } as const,
    { phase, type: 'step-done' } as const,
  ])

  it('a worker join completes after it was killed at one step after another', async () => {
    const node = await lab.startNode({ name: 'steps', binds: kadmBinds })
    for (const point of points) await killAt(way.start(node), point)
    await way.finish(node)
    await expectWhole(way, node)
  })

  it.each(points.map(point => [show(point), point] as const))(
    'a worker join completes after it was killed at %s',
    async (_, at) => {
      const node = await lab.startNode({ name: `w${points.indexOf(at)}`, binds: kadmBinds })
      await killAt(way.start(node), at)
      await way.finish(node)
      await expectWhole(way, node)
    },
  )
})

describe('tokens of interrupted joins', () => {
  it('the tokens of interrupted joins expire within 15 minutes', async () => {
    const all = await tokenSecrets(cp)
    const temporary = all.filter(({ description }) => description.startsWith('created by kadm join'))
    expect(temporary.length).toBeGreaterThan(0)
    const latest = Date.now() + 15 * 60_000
    for (const { expires } of temporary) expect(expires.getTime()).toBeLessThan(latest)
  })
})
