import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { answerHere, answerOn, type Here, kadmBinds, kadmHere, kadmOn } from '../e2e/kadm.ts'
import { leftovers } from '../e2e/killing.ts'
import { kubectl } from '../e2e/observe.ts'
import { brokenFiles, filesBelow } from '../e2e/whole-files.ts'
import { fillDisk, limitDisk } from '../lab/faults.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

let lab: Lab
let here: Here

beforeAll(async () => {
  lab = await startLab({ name: 'full-disk' })
  here = await kadmHere(lab)
})
afterAll(() => lab?.stop())
afterEach(async () => {
  for (const { name } of lab.nodes) await lab.stopNode(name)
})

/** The two ways of writing files to a host. */
const ways = {
  'on the host': {
    run: (node: LabNode, config: string) => kadmOn(node, ['init', '--config', `/root/${config}`], { check: false }),
    answer: (node: LabNode, config: string) => answerOn(node, ['init', '--config', `/root/${config}`]),
  },
  'over SSH': {
    run: (node: LabNode, config: string) => here.run(overSsh(node, config)),
    answer: (node: LabNode, config: string) => answerHere(here, overSsh(node, config)),
  },
} as const
const overSsh = (node: LabNode, config: string) => [
  'init',
  '--host',
  node.ssh('ops'),
  '--config',
  join(here.home, config),
]

const configs = {
  'init.yaml': labKubeadmConfig({ version: 'v1.37.2' }),
  'other.yaml': labKubeadmConfig({
    version: 'v1.37.2',
    cluster: { apiServer: { extraArgs: [{ name: 'v', value: '3' }] } },
  }),
}

async function freshNode(name: string): Promise<LabNode> {
  const node = await lab.startNode({ name, binds: kadmBinds })
  for (const [file, text] of Object.entries(configs)) {
    await node.writeFile(`/root/${file}`, text)
    await writeFile(join(here.home, file), text)
  }
  return node
}

function expectNoRoom({ code, stderr }: { readonly code: number; readonly stderr: string }, folder: string): void {
  expect(stderr).toMatch(new RegExp(`cannot write ${folder}\\S+ on \\S+: .*no space left on device`, 'i'))
  expect(stderr).toMatch(/hint +make room on the disk of \S+, then run the same command again/)
  expect(code).toBe(1)
}

const full = Object.entries(ways).flatMap(([title, way]) =>
  [0, 6, 14, 22, 30].map(pages => ({ title, way, pages, leave: pages * 4096 })),
)

describe.each(full)('init $title with room for $pages pages', ({ way, leave, pages }) => {
  it('init reports a full disk, leaves only whole files, and completes when there is room', async () => {
    const node = await freshNode(`p${pages}`)
    await limitDisk(node, '/etc/kubernetes', '2m')
    const endFault = await fillDisk(node, '/etc/kubernetes', leave)
    expectNoRoom(await way.run(node, 'init.yaml'), '/etc/kubernetes/')
    expect(await leftovers(node)).toEqual([])
    expect(await brokenFiles(node, '/etc/kubernetes')).toEqual([])
    await endFault()
    await way.answer(node, 'init.yaml')
    expect(await kubectl(node, 'get --raw /readyz')).toBe('ok')
    expect(await leftovers(node)).toEqual([])
    expect((await way.answer(node, 'init.yaml')).changes).toEqual([])
  })
})

describe.each(Object.entries(ways))('init %s with a full manifest directory', (_, way) => {
  it('init keeps the old manifests on a full disk, and writes the new ones when there is room', async () => {
    const node = await freshNode('again')
    const folder = '/etc/kubernetes/manifests'
    await limitDisk(node, folder, '1m')
    await way.answer(node, 'init.yaml')
    const before = await filesBelow(node, '/etc/kubernetes')
    const endFault = await fillDisk(node, folder)
    expectNoRoom(await way.run(node, 'other.yaml'), folder)
    expect(await filesBelow(node, '/etc/kubernetes')).toEqual(before)
    expect(await leftovers(node)).toEqual([])
    await endFault()
    const { changes } = await way.answer(node, 'other.yaml')
    expect(changes.map(({ what }) => what)).toContain(`${folder}/kube-apiserver.yaml`)
    expect(await node.readFile(`${folder}/kube-apiserver.yaml`)).toContain('--v=3')
  })
})
