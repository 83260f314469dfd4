import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { etcdMembers } from './control-planes.ts'
import { answerHere, type Here, ignoring, kadmBinds, kadmHere, kadmOn } from './kadm.ts'
import { type KillPoint, killAt, leftovers, nodeNames, show, startHere, tokens } from './killing.ts'
import { kubectl } from './observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
let init: readonly string[]
let joining: readonly string[]

beforeAll(async () => {
  lab = await startLab({ name: 'kill', most: { controlPlanes: 2, workers: 1 } })
  here = await kadmHere(lab)
  const nodes = await lab.startNodes({ name: 'cp1', binds: kadmBinds }, { name: 'w1' })
  ;[cp, worker] = nodes as [LabNode, LabNode]
  const config = join(here.home, 'init.yaml')
  const controlPlaneEndpoint = `${cp.address}:6443`
  await writeFile(config, labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint }))
  init = ['init', '--host', cp.ssh('ops'), '--config', config]
  joining = ['join', '--host', worker.ssh('ops'), '--from', cp.ssh('ops'), ...ignoring]
})
afterAll(() => lab?.stop())

/** test/full has the rest of the matrix. */
const initPoints: readonly KillPoint[] = [
  { phase: 'certs/ca', type: 'step-started' },
  { phase: 'certs/apiserver', type: 'step-started', afterMs: 30 },
  { phase: 'etcd/local', type: 'step-done' },
  { phase: 'wait-control-plane/api', type: 'step-started', afterMs: 500 },
  { phase: 'addon/coredns', type: 'step-started', afterMs: 10 },
]
const joinPoints: readonly KillPoint[] = [
  { phase: 'kubelet-start', type: 'step-started', afterMs: 60 },
  { phase: 'kubelet-wait-bootstrap', type: 'step-started' },
]
const controlPlanePoints: readonly KillPoint[] = [
  { phase: 'control-plane-prepare/certs/etcd', type: 'step-done' },
  { phase: 'etcd-join', type: 'step-started', afterMs: 250 },
  { phase: 'etcd-join', type: 'step-started', afterMs: 1200 },
  { phase: 'wait-control-plane/api', type: 'step-started', afterMs: 30 },
]

describe('init over SSH', () => {
  it('init over SSH keeps other runs off the host, over SSH and on the host, until it is killed', async () => {
    const first = startHere(here, init)
    await first.until(({ phase }) => phase === 'certs/ca')
    const others = [await here.run(init), await kadmOn(cp, ['init', 'phase', 'certs', 'ca'], { check: false })]
    for (const { code, stderr } of others) {
      expect(stderr).toMatch(
        /another run of kadm is changing .*: kadm init by \S+ on \S+ \(process \d+\), since \S+ +HOST_CLAIMED\n +hint +wait/,
      )
      expect(code).toBe(4)
    }
    first.kill()
    expect((await first.ended).code).toBe(137)
    expect((await kadmOn(cp, ['init', 'phase', 'certs', 'ca'])).code).toBe(0)
  })

  it.each(initPoints.map(point => [show(point), point] as const))(
    'init over SSH continues an interrupted run and is killed at: %s',
    async (_, point) => {
      await killAt(startHere(here, init), point)
    },
  )

  it('init over SSH names the step in which an earlier run was killed', async () => {
    await killAt(startHere(here, init), { phase: 'addon/coredns', type: 'step-started' })
    const { stderr } = await here.run([...init, '--dry-run'])
    expect(stderr).toMatch(
      /^warning: \S+: `kadm init` \(run \S+\) stopped .*\d+ seconds ago and did not finish; running it again continues it$/m,
    )
  })

  it('init over SSH completes after interrupted runs and leaves nothing behind', async () => {
    await answerHere(here, init)
    expect(await kubectl(cp, 'get --raw /readyz')).toBe('ok')
    expect([await nodeNames(cp), await leftovers(cp)]).toEqual([['cp1'], []])
    expect(await tokens(cp)).toHaveLength(1)
    expect((await answerHere(here, init)).changes).toEqual([])
  })
})

describe('a worker join over SSH', () => {
  it.each(joinPoints.map(point => [show(point), point] as const))(
    'a worker join over SSH continues an interrupted run and is killed at: %s',
    async (_, point) => {
      await killAt(startHere(here, joining), point)
    },
  )

  it('a worker join over SSH completes after interrupted runs and leaves nothing behind', async () => {
    await answerHere(here, joining)
    await kubectl(cp, 'wait --for=create node/w1 --timeout=60s')
    expect([await nodeNames(cp), await leftovers(worker)]).toEqual([['cp1', 'w1'], []])
    expect((await worker.run('ls /etc/kubernetes')).stdout).toBe('kubelet.conf\npki\n')
    expect((await answerHere(here, joining)).changes).toEqual([])
  })
})

describe('a control plane join over SSH', () => {
  let second: LabNode
  let join: readonly string[]
  beforeAll(async () => {
    second = await lab.startNode({ name: 'cp2' })
    join = ['join', '--control-plane', '--host', second.ssh('ops'), '--from', cp.ssh('ops'), ...ignoring]
  })

  it.each(controlPlanePoints.map(point => [show(point), point] as const))(
    'a control plane join over SSH continues an interrupted run and is killed at: %s',
    async (_, point) => {
      await killAt(startHere(here, join), point)
    },
  )

  it('a control plane join over SSH completes after interrupted runs and leaves no etcd learner', async () => {
    await answerHere(here, join)
    expect(await etcdMembers(cp)).toEqual(['cp1 started voter', 'cp2 started voter'])
    expect(await leftovers(second)).toEqual([])
    expect((await answerHere(here, join)).changes).toEqual([])
  })
})

describe('run logs', () => {
  it('the run logs are readable only by root and name the step at which each run was killed', async () => {
    const { stdout } = await cp.run('cd /var/lib/kadm/runs && stat -c %a . * | sort -u && tail -qn 1 *.jsonl')
    const [dir, file, ...last] = stdout.trim().split('\n')
    expect([dir, file]).toEqual(['600', '700'])
    expect(last.length).toBeGreaterThan(initPoints.length)
    const types = last.map(line => (JSON.parse(line) as { type: string }).type)
    expect(types.at(-1)).toBe('run-done')
    expect(types.filter(type => type.startsWith('step-')).length).toBeGreaterThanOrEqual(initPoints.length)
  })
})
