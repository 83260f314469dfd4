import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exec } from '../lab/exec.ts'
import { cutPort, fillDisk, limitBandwidth, limitDisk } from '../lab/faults.ts'
import { inotifyUser } from '../lab/inotify.ts'
import { type Lab, type LabNode, startLab, sweep } from '../lab/lab.ts'
import { shortage } from '../lab/room.ts'

let lab: Lab
let one: LabNode
let other: LabNode

beforeAll(async () => {
  lab = await startLab({ name: 'faults' })
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
  it('limit what a node gets, until they are mended', async () => {
    const mend = await limitBandwidth(one, '2mbit')
    expect(await secondsFor(1_000_000)).toBeGreaterThan(3)
    await mend()
    expect(await secondsFor(1_000_000)).toBeLessThan(3)
  })

  it('cut one port, from one node or from all', async () => {
    const mend = await cutPort(one, 22, other)
    expect(await reaches(other, one)).toBe(false)
    expect((await one.run('true')).code).toBe(0)
    await mend()
    expect(await reaches(other, one)).toBe(true)
  })

  it('put a folder on a small disk and fill it', async () => {
    await one.writeFile('/srv/data/kept', 'kept', '0640')
    await limitDisk(one, '/srv/data', '1m')
    expect((await one.run('cat /srv/data/kept; stat -c " %a" /srv/data/kept')).stdout).toBe('kept 640\n')
    const mend = await fillDisk(one, '/srv/data')
    const write = () => one.run('head -c 10000 /dev/zero > /srv/data/more', { check: false })
    expect((await write()).stderr).toContain('No space left on device')
    await mend()
    expect((await write()).code).toBe(0)
  })

  it('cut the power, and boot it again with its files and its addresses', async () => {
    await one.run('echo kept > /root/file')
    one.kill()
    one = await lab.rebootNode('one')
    expect((await one.run('cat /root/file; hostname')).stdout).toBe('kept\none\n')
    expect(await reaches(other, one)).toBe(true)
  })
})

describe('what a lab leaves alone', () => {
  it('clean-up removes no bridge, no route and no cable but those of its own labs', async () => {
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

  it('a lab keeps a bridge that another program made under the name of its own, and what it sends cannot leave', async () => {
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

describe('the room for nodes', () => {
  const containerd = { program: 'containerd', instances: 60 }
  it.each([
    ['one lab with three control planes and three workers fits', 128, [], [], 0, 6, undefined],
    ['two labs with two nodes each fit', 128, [], [2], 0, 2, undefined],
    ['two labs with three nodes each wait for one another', 128, [], [3], 0, 3, 'other labs 84'],
    ['nodes that a lab has already count', 128, [], [2], 2, 1, 'other labs 56'],
    ['a lab that is alone and too large ends', 128, [], [], 0, 7, '7 nodes need up to 140'],
    ['programs outside labs are named', 128, [containerd], [], 0, 3, 'containerd 60'],
    [
      'a node of another cache is named',
      128,
      [{ ...containerd, labCgroup: 'kadm-lab.x.cp1' }],
      [],
      0,
      3,
      'kadm-lab.x.cp1 60',
    ],
  ] as const)('%s', (_, most, others, labs, mine, wanted, message) => {
    const short = shortage(most, others, labs, mine, wanted)
    expect(short?.message).toEqual(message && expect.stringContaining(message))
    if (short) expect(short.message).toContain(`fs.inotify.max_user_instances is ${most}`)
    if (short) expect(short.forever).toBe(others.length > 0 || wanted === 7)
  })

  it('is taken by every process that watches files', async () => {
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
