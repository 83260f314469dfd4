import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exec } from '../lab/exec.ts'
import { cutPort, fillDisk, limitBandwidth, limitDisk } from '../lab/faults.ts'
import { inotifyUser } from '../lab/inotify.ts'
import { type Lab, type LabNode, startLab, sweep } from '../lab/lab.ts'
import { type Most, shortage, type Wants } from '../lab/room.ts'

let lab: Lab
let one: LabNode
let other: LabNode

beforeAll(async () => {
  lab = await startLab({ name: 'faults', most: { machines: 2 } })
  const nodes = await lab.startNodes({ name: 'one' }, { name: 'other' })
  ;[one, other] = nodes as [LabNode, LabNode]
})
afterAll(() => lab?.stop())

const reaches = async (from: LabNode, to: LabNode) =>
  (await from.run(`timeout 4 bash -c '</dev/tcp/${to.address}/22'`, { check: false })).code === 0

async function secondsFor(bytes: number): Promise<number> {
  const started = performance.now()
  const take = one.run('timeout 60 socat -u TCP-LISTEN:7000,reuseaddr OPEN:/dev/null')
  await other.run(`head -c ${bytes} /dev/zero | socat -u - TCP:${one.address}:7000,retry=50,interval=0.05`)
  await take
  return (performance.now() - started) / 1000
}

describe('faults of lab nodes', () => {
  it('the lab limits the bandwidth of a node until the fault is fixed', async () => {
    const endFault = await limitBandwidth(one, '2mbit')
    expect(await secondsFor(1_000_000)).toBeGreaterThan(3)
    await endFault()
    expect(await secondsFor(1_000_000)).toBeLessThan(3)
  })

  it('the lab cuts one port of a node for one other node or for all', async () => {
    const endFault = await cutPort(one, 22, other)
    expect(await reaches(other, one)).toBe(false)
    expect((await one.run('true')).code).toBe(0)
    await endFault()
    expect(await reaches(other, one)).toBe(true)
  })

  it('the lab moves a directory to a small disk and fills it', async () => {
    await one.writeFile('/srv/data/kept', 'kept', '0640')
    await limitDisk(one, '/srv/data', '1m')
    expect((await one.run('cat /srv/data/kept; stat -c " %a" /srv/data/kept')).stdout).toBe('kept 640\n')
    const endFault = await fillDisk(one, '/srv/data')
    const write = () => one.run('head -c 10000 /dev/zero > /srv/data/more', { check: false })
    expect((await write()).stderr).toContain('No space left on device')
    await endFault()
    expect((await write()).code).toBe(0)
  })

  it('the lab reboots a node after a power failure with the same files and addresses', async () => {
    await one.run('echo kept > /root/file')
    one.kill()
    one = await lab.rebootNode('one')
    expect((await one.run('cat /root/file; hostname')).stdout).toBe('kept\none\n')
    expect(await reaches(other, one)).toBe(true)
  })
})

describe('the limits of a lab', () => {
  it('the clean-up of labs removes only bridges, routes and links of its own labs', async () => {
    await exec('ip', ['link', 'add', 'kadm254', 'type', 'bridge'])
    try {
      await sweep()
      const bridge = await exec('ip', ['link', 'show', 'kadm254'], { check: false })
      expect(bridge.code).toBe(0)
      expect((await reaches(other, one)) && one.alive).toBe(true)
    } finally {
      await exec('ip', ['link', 'delete', 'kadm254'])
    }
  })

  it('a lab keeps a bridge of another program with its own name, and packets cannot leave it', async () => {
    const empty = await startLab({ name: 'empty' })
    const net = empty.gateway.split('.')[2]
    const bridge = `kadm${net}`
    const routeTo = (address: string) => exec('ip', ['route', 'get', address], { check: false })
    expect((await routeTo(`10.77.${net}.10`)).stdout).toContain(`dev ${bridge}`)
    await exec('ip', ['link', 'delete', bridge])
    for (const address of [`10.77.${net}.10`, empty.gateway6]) {
      const { code, stderr } = await routeTo(address)
      expect([code, stderr]).toEqual([2, expect.stringMatching(/No route to host|unreachable/)])
    }
    await exec('ip', ['link', 'add', bridge, 'type', 'bridge'])
    await empty.stop()
    expect((await exec('ip', ['link', 'show', bridge], { check: false })).code).toBe(0)
    await exec('ip', ['link', 'delete', bridge])
    const routes = await exec('ip', ['route', 'show', 'type', 'unreachable'])
    expect(routes.stdout).not.toContain(`10.77.${net}.`)
  })
})

describe('the inotify limit', () => {
  const containerd = { program: 'containerd', instances: 60 }
  const alone: readonly Wants[] = []
  const large: Most = { controlPlanes: 5 }
  it.each([
    ['one lab with three control planes and three workers fits', 128, [], alone, { nodes: 6 }, undefined],
    ['two labs with two nodes each fit', 128, [], [{ nodes: 2 }], { nodes: 2 }, undefined],
    ['two labs with three nodes each wait for each other', 128, [], [{ nodes: 3 }], { nodes: 3 }, 'other labs 84'],
    ['the nodes that a lab already has take room', 128, [], [{ nodes: 2 }], { nodes: 3 }, 'other labs 56'],
    ['a lab that is alone and too large fails', 128, [], alone, { nodes: 7 }, '7 nodes need up to 140'],
    ['programs outside labs are named', 128, [containerd], alone, { nodes: 3 }, 'containerd 60'],
    [
      'a node of another cache is named',
      128,
      [{ ...containerd, labCgroup: 'kadm-lab.x.cp1' }],
      alone,
      { nodes: 3 },
      'kadm-lab.x.cp1 60',
    ],
    [
      'labs that declare the roles of their nodes need less room',
      128,
      [],
      [{ nodes: 3, most: { controlPlanes: 2, workers: 1 } }],
      { nodes: 2, most: { controlPlanes: 1, workers: 1, machines: 2 } },
      undefined,
    ],
    [
      'a lab keeps room for nodes that it has not started yet',
      128,
      [],
      [{ nodes: 1, most: { controlPlanes: 3 } }],
      { nodes: 2 },
      'other labs 84',
    ],
    [
      'a lab without a node keeps no room',
      128,
      [],
      [{ nodes: 0, most: { controlPlanes: 3 } }],
      { nodes: 2 },
      undefined,
    ],
    ['a lab that declares too many nodes fails', 128, [], alone, { nodes: 1, most: large }, '5 nodes need up to 140'],
  ] as const)('the room for lab nodes is shared so that %s', (_, most, others, labs, mine, message) => {
    const short = shortage(most, others, labs, mine)
    expect(short?.message).toEqual(message && expect.stringContaining(message))
    if (short) expect(short.message).toContain(`fs.inotify.max_user_instances is ${most}`)
    if (short) expect(short.forever).toBe(others.length > 0 || labs.length === 0)
  })

  it('a lab refuses to start more nodes than it declares', async () => {
    const small = await startLab({ name: 'small', most: { machines: 1 } })
    await expect(small.startNodes({ name: 'a' }, { name: 'b' })).rejects.toThrow(
      /keeps room for 1 nodes and is to have 2/,
    )
    await small.stop()
  })

  it('each process that watches files takes room from the lab nodes', async () => {
    const script =
      "require('fs').watch('/tmp').on('error', () => {}); console.log('watching'); setInterval(() => {}, 1000)"
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    expect(inotifyUser(String(child.pid))).toMatchObject({ instances: 1 })
    child.kill()
    await once(child, 'exit')
    expect(inotifyUser(String(child.pid))).toBeUndefined()
  })
})
