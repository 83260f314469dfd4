import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWriting } from '../e2e/ha/client.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { killAt, startHere } from '../e2e/killing.ts'
import { askThroughService, kubectl, untilReady } from '../e2e/observe.ts'
import type { Balancer } from '../lab/balancer.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

const version = 'v1.37.2'
const controlPlanes = ['cp1', 'cp2', 'cp3'] as const
const workers = ['w1', 'w2'] as const
const names = [...controlPlanes, ...workers]
const pki = '/etc/kubernetes/pki'

let lab: Lab
let here: Here
let balancer: Balancer
const node = (name: string): LabNode => lab.node(name)
const hosts = (...of: readonly string[]) => of.flatMap(name => ['--host', node(name).ssh()])
const commandOf = (step: string, ...args: readonly string[]) => [
  'certs',
  'rotate-ca',
  step,
  '-y',
  ...hosts(...names),
  ...args,
]

beforeAll(async () => {
  lab = await startLab({ name: 'rotations', most: { controlPlanes: 3, workers: 2 }, versions: [version] })
  await lab.startNodes(...names.map(name => ({ name })))
  here = await kadmHere(lab)
  balancer = await lab.startBalancer(6443, controlPlanes.map(node))
  const config = join(here.home, 'init.yaml')
  const cluster = { encryptionAlgorithm: 'ECDSA-P256' } as const
  await writeFile(config, labKubeadmConfig({ version, controlPlaneEndpoint: balancer.endpoint, cluster }))
  await answerHere(here, ['init', ...hosts('cp1'), '--config', config, ...ignoring])
  const from = ['--from', node('cp1').ssh(), ...ignoring]
  await answerHere(here, ['join', '--control-plane', ...hosts('cp2', 'cp3'), ...from])
  await answerHere(here, ['join', ...hosts(...workers), ...from])
  await lab.connectPods(node('cp1'))
  await untilReady(node('cp1'), names)
  expect(await askThroughService(node('cp1'), 'w1')).toBe('server')
})
afterAll(async () => {
  await balancer?.close()
  await lab?.stop()
})

/** Verifies that the CAs of every control plane belong to their keys, and every leaf to a trusted CA and its key. */
async function verified(): Promise<void> {
  const pairs = ['apiserver', 'apiserver-kubelet-client'].map(name => [name, 'ca'])
  const etcd = ['etcd/server', 'etcd/peer', 'apiserver-etcd-client'].map(name => [name, 'etcd/ca'])
  const all = [
    ...pairs,
    ...etcd,
    ['front-proxy-client', 'front-proxy-ca'],
    ...['ca', 'etcd/ca'].map(name => [name, name]),
  ]
  const same = (name = '') =>
    `[ "$(openssl x509 -in ${name}.crt -noout -pubkey)" = "$(openssl pkey -in ${name}.key -pubout)" ]`
  const lines = all.map(([name, ca]) => `openssl verify -CAfile ${ca}.crt ${name}.crt && ${same(name)}`)
  for (const name of controlPlanes) await node(name).run(`set -e; cd ${pki}\n${lines.join('\n')}`)
}

/** The names of pods in the default namespace, and when their containers started. */
async function untouched(): Promise<string> {
  const started = '.status.containerStatuses[0].state.running.startedAt'
  return kubectl(node('cp1'), `get pods -o jsonpath='{range .items[*]}{.metadata.name} {${started}}{"\\n"}{end}'`)
}

async function kubeconfig(): Promise<string> {
  return (await node('cp2').run('cat /etc/kubernetes/admin.conf')).stdout
}

describe('certs rotate-ca with three control planes and two workers', () => {
  it('a client writes through the load balancer during each step, and no pod restarts without a need', async () => {
    const pods = await untouched()
    await node('cp1').run('cp /etc/kubernetes/admin.conf /root/old-admin.conf')
    for (const step of ['prepare', 'reissue', 'distrust']) {
      const writing = await startWriting(await kubeconfig())
      await answerHere(here, commandOf(step, ...(step === 'prepare' ? ['--restart-pods'] : [])))
      await writing.finish()
      expect(writing.lost).toEqual([])
      // The balancer of the lab does not ask for readiness, so that a retry can wait for a starting API server, too.
      expect(writing.longestGapMs).toBeLessThan(10_000)
      await verified()
    }
    const insecure = 'get nodes --kubeconfig /root/old-admin.conf --insecure-skip-tls-verify'
    await expect(kubectl(node('cp1'), insecure)).rejects.toThrow(/Unauthorized|must be logged in/)
    expect(await untouched()).toBe(pods)
    expect(await askThroughService(node('cp1'), 'w1')).toBe('server')
    await untilReady(node('cp1'), names)
  })

  it.each(['prepare', 'reissue'])('%s killed in every phase leaves no mismatched pair, and completes', async step => {
    // A reissue repeats what prepare did before it reissues anything.
    for (const afterMs of step === 'reissue' ? [1000, 3000, 6000] : []) {
      await killAt(startHere(here, commandOf(step)), { type: 'step-done', phase: 'rotate-ca/prove', afterMs })
      await verified()
    }
    for (const phase of phases) {
      await killAt(startHere(here, commandOf(step)), { type: 'step-started', phase: `rotate-ca/${phase}`, afterMs: 50 })
      await verified()
    }
    await answerHere(here, commandOf(step, '--restart-pods'))
    await verified()
    await untilReady(node('cp1'), names)
  })

  it('distrust killed again and again completes, until no rotation is in progress', async () => {
    for (const afterMs of [500, 2000, 4000, 8000, 12_000, 16_000, 24_000]) {
      const run = startHere(here, commandOf('distrust'))
      await Promise.race([run.ended, new Promise(resolve => setTimeout(resolve, afterMs))])
      run.kill()
      await run.ended
      await verified()
    }
    const { code, stderr } = await here.run(commandOf('distrust'))
    if (code !== 0) expect(stderr).toContain('no rotation is in progress')
    await verified()
    await node('cp1').run(`[ ! -e ${pki}/rotation ]`)
    await untilReady(node('cp1'), names)
  })
})

const phases = [
  'store',
  'kubeconfigs',
  'certificates',
  'trust',
  'controller-manager',
  'components',
  'kubelet',
  'publish',
  'prove',
]
