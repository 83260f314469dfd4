import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { containersOf, uidsOf } from '../e2e/expired-cluster.ts'
import { answerHere, type Here, ignoring, kadmHere } from '../e2e/kadm.ts'
import { killAt, leftovers, startHere } from '../e2e/killing.ts'
import { askThroughService, kubectl, untilReady } from '../e2e/observe.ts'
import type { Balancer } from '../lab/balancer.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'

const version = 'v1.37.2'
const pki = '/etc/kubernetes/pki'
let lab: Lab | undefined
let balancer: Balancer | undefined
afterEach(async () => {
  await balancer?.close()
  await lab?.stop()
})

/** All CAs of the cluster, and all that they sign, expire this long after init. */
const validity = { caCertificateValidityPeriod: '270s', certificateValidityPeriod: '240s' }

const hostsOf = (nodes: readonly LabNode[]) => nodes.flatMap(node => ['--host', node.ssh()])
const replace = (nodes: readonly LabNode[]) => ['certs', 'rotate-ca', 'replace', '-y', ...hostsOf(nodes)]

interface Started {
  readonly here: Here
  readonly controlPlanes: readonly [LabNode, ...LabNode[]]
  readonly nodes: readonly LabNode[]
}

/** Creates a cluster whose CAs expire in minutes, with a pod that another one asks through a Service. */
async function startCluster(name: string, controlPlanes: number, workers: number): Promise<Started> {
  lab = await startLab({ name, most: { controlPlanes, workers }, versions: [version] })
  const here = await kadmHere(lab)
  const named = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)
  const names = [...named('cp', controlPlanes), ...named('w', workers)]
  const nodes = await lab.startNodes(...names.map(one => ({ name: one })))
  const [first, ...rest] = nodes.slice(0, controlPlanes) as [LabNode, ...LabNode[]]
  balancer = await lab.startBalancer(6443, [first])
  const config = join(here.home, 'init.yaml')
  const cluster = { encryptionAlgorithm: 'ECDSA-P256', ...validity }
  await writeFile(config, labKubeadmConfig({ version, controlPlaneEndpoint: balancer.endpoint, cluster }))
  await answerHere(here, ['init', ...hostsOf([first]), '--config', config, ...ignoring])
  const from = ['--from', first.ssh(), ...ignoring]
  if (rest.length > 0) await answerHere(here, ['join', '--control-plane', ...hostsOf(rest), ...from])
  balancer.use([first, ...rest].map(({ address }) => address))
  await answerHere(here, ['join', ...hostsOf(nodes.slice(controlPlanes)), ...from])
  await lab.connectPods(first)
  await untilReady(first, names)
  expect(await askThroughService(first, 'w1')).toBe('server')
  return { here, controlPlanes: [first, ...rest], nodes }
}

async function untilExpired(controlPlanes: readonly LabNode[]): Promise<void> {
  const files = ['ca.crt', 'etcd/ca.crt', 'front-proxy-ca.crt'].map(file => `${pki}/${file}`)
  const each = files.map(file => `while openssl x509 -in ${file} -noout -checkend 0 >/dev/null; do sleep 1; done`)
  await Promise.all(controlPlanes.map(node => node.run(each.join('\n'), { timeoutMs: 600_000 })))
}

/** Verifies the certificates of the control planes, and those of all kubelets, by the new CA. */
async function expectVerified({ controlPlanes, nodes }: Started): Promise<void> {
  const leaves = { ca: ['apiserver', 'apiserver-kubelet-client'], 'etcd/ca': ['etcd/server', 'apiserver-etcd-client'] }
  for (const node of controlPlanes) {
    for (const [ca, names] of Object.entries(leaves)) {
      for (const name of names) await node.run(`cd ${pki} && openssl verify -CAfile ${ca}.crt ${name}.crt`)
    }
    await node.run(`[ ! -e ${pki}/rotation ]`)
  }
  for (const node of nodes) {
    await node.run(`openssl verify -CAfile ${pki}/ca.crt /var/lib/kubelet/pki/kubelet-client-current.pem`)
  }
  const sums = await Promise.all(nodes.map(node => node.run(`sha256sum < ${pki}/ca.crt`)))
  expect(new Set(sums.map(({ stdout }) => stdout)).size).toBe(1)
}

const kept = (uids: readonly string[]) =>
  uids.filter(line => !line.startsWith('Pod/') && !line.startsWith('EndpointSlice'))

it('three control planes and two workers come back with new CAs, with all objects', async () => {
  const started = await startCluster('expired-ca', 3, 2)
  const { here, controlPlanes, nodes } = started
  const [first] = controlPlanes
  const worker = nodes[3] as LabNode
  const uids = kept(await uidsOf(first))
  await untilExpired(controlPlanes)
  const refused = await here.run(['certs', 'renew', 'all', ...hostsOf(nodes)])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/CA_EXPIRED[\s\S]*kadm certs rotate-ca replace/)
  const before = performance.now()
  await answerHere(here, replace(nodes))
  console.log(`the CAs are replaced after ${((performance.now() - before) / 1000).toFixed(1)} s`)
  await untilReady(
    first,
    nodes.map(({ name }) => name),
  )
  const now = new Set(await uidsOf(first))
  expect(uids.filter(line => !now.has(line))).toEqual([])
  await expectVerified(started)
  expect(await askThroughService(first, worker.name)).toBe('server')
  await first.run([oracleKubeadm(version), 'certs', 'check-expiration'])
  expect((await here.run(replace(nodes))).stderr).toContain('no CA of the cluster has expired')
})

it('a replacement of expired CAs that was killed again and again completes', async () => {
  const started = await startCluster('expired-ca-kill', 1, 1)
  const { here, controlPlanes, nodes } = started
  const [first] = controlPlanes
  const worker = nodes[1] as LabNode
  const containers = await containersOf(worker)
  await untilExpired(controlPlanes)
  for (const phase of [
    ...['rotate-ca/store', 'rotate-ca/kubeconfigs', 'rotate-ca/trust', 'certs-renew/apiserver'],
    ...['certs-revive/kubelet', 'rotate-ca/restart-all', 'certs-revive/etcd', 'certs-revive/node', 'rotate-ca/publish'],
  ]) {
    await killAt(startHere(here, replace(nodes)), { type: 'step-started', phase, afterMs: 40 })
  }
  await answerHere(here, replace(nodes))
  await untilReady(first, ['cp1', 'w1'])
  await expectVerified(started)
  const now = await containersOf(worker)
  const client = await kubectl(first, 'get pod client -o jsonpath={.status.containerStatuses[0].containerID}')
  const id = client.replace('containerd://', '')
  expect(now.filter(line => line.startsWith(id))).toEqual(containers.filter(line => line.startsWith(id)))
  for (const node of nodes) expect(await leftovers(node)).toEqual([])
})
