import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutPort, fillDisk, limitBandwidth, limitDisk } from '../lab/faults.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'

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
