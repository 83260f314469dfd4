import { describe, expect, it } from 'vitest'
import type { Node } from '../../../src/cluster/cluster.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import type { Host } from '../../../src/host/host.ts'
import type { Note } from '../../../src/phases/phase.ts'
import { checkedNode, machinePreflight } from '../../../src/phases/preflight/machine-preflight.ts'
import { checksOf } from '../../../src/phases/preflight/table.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { type FakeMachine, fakeContext, fakeDiscovered, fakeMachine } from './fake-machine.ts'

const cluster = makeCluster()
const worker = makeNode({
  name: 'w1',
  role: 'worker',
  facts: makeFacts({ hostname: 'w1', defaultAddress: '10.77.0.21' }),
})

function namesFor(node: Node): readonly string[] {
  return checksOf(checkedNode(fakeContext({ cluster, node, host: fakeMachine() }))).map(({ name }) => name)
}

async function judgements(machine: FakeMachine, node: Node = worker, asked = cluster) {
  const ctx = fakeContext({ cluster: asked, node, host: fakeMachine(machine) })
  await machinePreflight.run(ctx)
  return ctx.notes.flatMap((note: Note) => (note.kind === 'judgement' ? [note] : []))
}

describe('preflight of a single host', () => {
  it('preflight of a single host lists every check by name, even without findings', async () => {
    const found = await judgements({})
    const names = ['IsPrivilegedUser', ...namesFor(worker)]
    expect(found.map(({ check }) => check)).toEqual(names)
    expect(new Set(found.map(({ level }) => level))).toEqual(new Set(['ok', 'skipped']))
  })

  it('preflight of a single host lists a skipped check with the reason', async () => {
    const alone = await judgements({}, worker, makeCluster({ nodes: [worker] }))
    const skipped = alone.filter(({ level }) => level === 'skipped')
    expect(skipped.map(({ check }) => check)).toEqual([
      ...['ClockSkew', 'DuplicateHostname', 'DuplicateMachineID', 'DuplicateProductUUID', 'MTU', 'PortReachable'],
    ])
    for (const { message } of skipped) expect(message).toMatch(/^there is no other host/)
    const dead: Note[] = []
    const ctx = fakeContext({ cluster, node: worker, host: fakeMachine() })
    const silent = () => Promise.reject(new KadmError('CRI_FAILED', 'it does not answer'))
    await machinePreflight.run({ ...ctx, cri: silent, report: note => dead.push(note) })
    for (const check of ['CRIPluginDisabled', 'CgroupDriver']) {
      const message = 'the container runtime does not answer'
      expect(dead).toContainEqual({ kind: 'judgement', check, level: 'skipped', message })
    }
  })

  it('preflight of a single host reports unusable certificates, which cannot be ignored', async () => {
    const path = '/etc/kubernetes/pki/ca.crt'
    const node = makeNode({ ignorePreflightErrors: ['all'] })
    const host = {
      ...fakeMachine({ files: { [path]: 'none', [path.replace('crt', 'key')]: 'none' } }),
      list: async () => ['ca.crt'],
    }
    const elsewhere = makeCluster({ config: { etcd: { external: { endpoints: [] } } } })
    const ctx = fakeContext({ cluster: elsewhere, node, host })
    await machinePreflight.run(ctx)
    const judged = ctx.notes.filter(note => note.kind === 'judgement' && note.check === 'Certificates')
    expect(judged).toMatchObject([{ level: 'error', message: expect.stringContaining('ca.crt') }])
  })

  it('preflight of a single host reports findings with a hint and does not fail', async () => {
    const found = await judgements({ answers: { programs: 'losetup\nmount\nsystemctl', swaps: 'head\n/dev/sda2' } })
    expect(found.filter(({ level }) => !['ok', 'skipped'].includes(level))).toMatchObject([
      { check: 'Swap', level: 'warning', message: expect.stringContaining('swap is supported') },
      { check: 'FileExisting-cp', level: 'error', remedy: expect.stringContaining('install') },
    ])
  })

  it('preflight of a single host marks ignored errors', async () => {
    const node = { ...worker, ignorePreflightErrors: ['fileexisting-cp'] }
    const found = await judgements({ answers: { programs: 'losetup\nmount\nsystemctl' } }, node)
    expect(found.filter(({ level }) => !['ok', 'skipped'].includes(level))).toMatchObject([
      { check: 'FileExisting-cp', level: 'ignored' },
    ])
  })

  it('preflight of a single host stops after the user check without root permissions', async () => {
    expect(await judgements({ answers: { uid: '1000' } })).toMatchObject([
      { check: 'IsPrivilegedUser', level: 'error' },
    ])
  })

  it('preflight of a single host checks the ports of a control plane and the forwarding of a worker', () => {
    const names = namesFor
    expect(names(makeNode())).toEqual(expect.arrayContaining(['NumCPU', 'Port-2379', 'ClockSkew']))
    expect(names(worker).filter(name => /^(NumCPU|Port-2379)$/.test(name))).toEqual([])
    expect(names(worker)).toContain('FileContent--proc-sys-net-ipv4-ip_forward')
  })

  it('preflight of a single host tests the disk of a control plane with local etcd', async () => {
    const readOnly = new KadmError('COMMAND_FAILED', 'Read-only file system')
    const host: Host = {
      ...fakeMachine(),
      stat: async () => undefined,
      exec: () => Promise.reject(readOnly),
      remove: async () => undefined,
    }
    const external = makeCluster({ config: { etcd: { external: { endpoints: [] } } } })
    for (const [asked, level] of [
      [cluster, 'warning'],
      [external, undefined],
    ] as const) {
      const ctx = fakeContext({ cluster: asked, node: makeNode(), host })
      await machinePreflight.run(ctx)
      const disk = ctx.notes.find(note => note.kind === 'judgement' && note.check === 'EtcdDiskLatency')
      expect(disk).toEqual(level && expect.objectContaining({ level }))
    }
  })

  it('preflight of a single host with a cluster runs the checks of join, including the shared endpoint', async () => {
    const ctx = fakeContext({ cluster, node: worker, host: fakeMachine(), discovered: fakeDiscovered() })
    await machinePreflight.run(ctx)
    const names = checksOf(checkedNode(ctx)).map(({ name }) => name)
    const judged = ctx.notes.flatMap(note => (note.kind === 'judgement' ? [note.check] : []))
    expect(judged).toEqual(['IsPrivilegedUser', ...names])
    expect(names).toContain('HTTPProxy')
    const cp = fakeContext({
      cluster: makeCluster({ config: { etcd: { external: { endpoints: [] } } } }),
      node: makeNode(),
      host: fakeMachine(),
      discovered: fakeDiscovered(),
    })
    await machinePreflight.run(cp)
    expect(cp.notes).toContainEqual(expect.objectContaining({ check: 'ControlPlaneEndpoint', level: 'error' }))
  })
})
