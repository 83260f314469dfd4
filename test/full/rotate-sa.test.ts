import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { killAt, startHere } from '../e2e/killing.ts'
import { kubectl } from '../e2e/observe.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

let lab: Lab
let here: Here
let cps: readonly LabNode[]
let endpoint: string
const version = 'v1.37.2'

beforeAll(async () => {
  lab = await startLab({ name: 'rotate-sa', most: { controlPlanes: 2 }, versions: [version] })
  here = await kadmHere(lab)
  cps = await lab.startNodes({ name: 'cp1' }, { name: 'cp2' })
  endpoint = (await lab.startBalancer(6443, cps)).endpoint
  const config = join(here.home, 'init.yaml')
  const cluster = { encryptionAlgorithm: 'ECDSA-P256' }
  await writeFile(config, labKubeadmConfig({ version, controlPlaneEndpoint: endpoint, cluster }))
  const [cp1, cp2] = specs()
  await answerHere(here, ['init', '--host', cp1 ?? '', '--config', config, ...ignoring])
  await answerHere(here, ['join', '--control-plane', '--host', cp2 ?? '', '--from', cp1 ?? '', ...ignoring])
})
afterAll(() => lab?.stop())

const specs = () => cps.map(node => node.ssh())
const first = () => cps[0] as LabNode
const words = (step: string) => [
  ...['certs', 'rotate-sa', step, '-y', '--min-age', '0s'],
  ...specs().flatMap(spec => ['--host', spec]),
]

/** Returns for each control plane the checksum of sa.key, the number of keys in sa.pub, and the files of the rotation. */
async function keys(): Promise<readonly string[]> {
  const ask = `cd /etc/kubernetes/pki; openssl pkey -in sa.key -pubout | sha256sum | cut -c1-8; grep -c BEGIN sa.pub; ls rotation/sa 2>/dev/null | tr '\\n' ' '`
  return Promise.all(cps.map(async node => (await node.run(ask)).stdout.trim().replaceAll('\n', ' ')))
}

/**
 * Asks the API through the load balancer with a token until `stop`. Returns how often the token was rejected. An API server
 * that has just started answers 403 until it has the roles of the cluster; the balancer does not wait for that.
 */
async function client(token: string, stop: Promise<unknown>) {
  let rejected = 0
  let asked = 0
  let over = false
  void stop.finally(() => {
    over = true
  })
  while (!over) {
    const curl = `curl -sk -m 5 --retry 1 --retry-all-errors -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(cat)" https://${endpoint}/api`
    const { stdout } = await first().run(curl, { stdin: token, check: false })
    if (stdout.endsWith('401')) rejected += 1
    asked += 1
  }
  return { rejected, asked }
}

describe('rotation of the service account keys of two control planes', () => {
  it('a token of the old key works through the load balancer during prepare, switch and rollback', async () => {
    const token = (await kubectl(first(), 'create token default --duration 1h')).trim()
    for (const [step, trusted] of [
      ['prepare', '2'],
      ['switch', '2'],
      ['rollback', '2'],
      ['switch', '2'],
    ] as const) {
      const run = here.run([...words(step), '--progress', 'quiet'])
      const { rejected, asked } = await client(token, run)
      expect([(await run).code, rejected, asked > 3]).toEqual([0, 0, true])
      const [one = '', two] = await keys()
      expect([one.split(' ')[1], two]).toEqual([trusted, one])
    }
    const { code } = await here.run([...words('finish'), '--progress', 'quiet'])
    expect(code).toBe(0)
    const [one = '', two] = await keys()
    expect([one.split(' ').slice(1), two]).toEqual([['1'], one])
  })

  it('a step that is killed at any time is completed when it runs again', async () => {
    for (const [step, trusted] of [
      ['prepare', '2'],
      ['switch', '2'],
      ['finish', '1'],
    ] as const) {
      for (const phase of ['rotate-sa/keys', 'rotate-sa/api-server']) {
        await killAt(startHere(here, words(step)), { type: 'step-done', phase })
      }
      const { code, stdout, stderr } = await here.run([...words(step), '--progress', 'quiet'])
      expect(code === 0 ? '' : `${stdout}${stderr}`).toBe('')
      const [one = '', two] = await keys()
      expect([one.split(' ')[1], two]).toEqual([trusted, one])
    }
  })
})
