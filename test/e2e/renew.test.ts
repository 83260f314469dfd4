import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renewableNames } from '../../src/cluster/renewable-names.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { startSteady } from './ha/steady.ts'
import { answerHere, type Here, ignoring, kadmHere } from './kadm.ts'
import { killAt, leftovers, startHere } from './killing.ts'
import { kubectl } from './observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
const version = 'v1.37.2'
const kubeadm = (args: readonly string[]) => cp.run([oracleKubeadm(version), ...args])

beforeAll(async () => {
  lab = await startLab({ name: 'renewal', most: { controlPlanes: 1 }, versions: [version] })
  here = await kadmHere(lab)
  cp = await lab.startNode({ name: 'cp1' })
  const config = join(here.home, 'init.yaml')
  const cluster = { encryptionAlgorithm: 'ECDSA-P256', certificateValidityPeriod: '240h' }
  await writeFile(config, labKubeadmConfig({ version, cluster }))
  await answerHere(here, ['init', '--host', cp.ssh(), '--config', config, ...ignoring])
})
afterAll(() => lab?.stop())

const pairs: Readonly<Record<string, string>> = {
  apiserver: 'ca',
  'apiserver-kubelet-client': 'ca',
  'front-proxy-client': 'front-proxy-ca',
  'apiserver-etcd-client': 'etcd/ca',
  'etcd/server': 'etcd/ca',
  'etcd/peer': 'etcd/ca',
  'etcd/healthcheck-client': 'etcd/ca',
}

/** Verifies each pair with openssl. Returns the serial numbers, in the order of the table. */
async function verified(): Promise<readonly string[]> {
  const lines = Object.entries(pairs).map(
    ([name, ca]) => `
openssl verify -x509_strict -CAfile ${ca}.crt ${name}.crt >&2
[ "$(openssl x509 -in ${name}.crt -noout -pubkey)" = "$(openssl pkey -in ${name}.key -pubout)" ] || { echo "mismatch: ${name}" >&2; exit 1; }
openssl x509 -in ${name}.crt -noout -serial`,
  )
  const { stdout } = await cp.run(`set -e; cd /etc/kubernetes/pki${lines.join('')}`)
  return stdout.trim().split('\n')
}

interface Renewal {
  readonly nodes: readonly {
    readonly certificates: readonly { readonly name: string; readonly outcome: string }[]
    readonly restarted: readonly string[]
    readonly refreshed: readonly string[]
    readonly inUse: boolean
  }[]
  readonly warnings: readonly string[]
}

async function renewal(...args: readonly string[]): Promise<Renewal> {
  return (await answerHere(here, ['certs', 'renew', ...args, '--host', cp.ssh()])) as unknown as Renewal
}

async function renew(...args: readonly string[]): Promise<readonly string[]> {
  const { nodes } = await renewal(...args)
  return nodes.flatMap(({ certificates }) => certificates.map(({ name, outcome }) => `${name} ${outcome}`))
}

/** What a renewal restarts that renews nothing. */
async function restarts(): Promise<readonly string[]> {
  const { nodes } = await renewal('all', '--expiring-within', '0s')
  expect(nodes.flatMap(({ certificates }) => certificates.filter(({ outcome }) => outcome !== 'kept'))).toEqual([])
  expect(nodes.every(({ inUse }) => inUse)).toBe(true)
  return nodes.flatMap(({ restarted }) => restarted)
}

/** Ports whose server presents another certificate than the file that it is started with. */
async function outdatedPorts(): Promise<readonly number[]> {
  const files = { 6443: 'apiserver', 2379: 'etcd/server', 2380: 'etcd/peer' }
  const { stdout } = await cp.run(
    Object.entries(files)
      .map(
        ([port, name]) => `
served=$(openssl s_client -connect ${cp.address}:${port} </dev/null 2>/dev/null | openssl x509 -noout -serial)
[ "$served" = "$(openssl x509 -in /etc/kubernetes/pki/${name}.crt -noout -serial)" ] || echo ${port}`,
      )
      .join(''),
  )
  return stdout.split('\n').filter(Boolean).map(Number)
}

const restarted = ['kube-controller-manager', 'kube-scheduler']

async function kubectlAnswers(): Promise<void> {
  const { code } = await cp.run(
    'for i in $(seq 300); do kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz && exit; sleep 0.2; done; exit 1',
    { check: false, timeoutMs: 120_000 },
  )
  expect(code).toBe(0)
}

describe('certs renew on a real node', () => {
  it('kadm renews the certificates of kubeadm, and kubeadm those of kadm', async () => {
    const first = await verified()
    expect(await renew('all')).toEqual(renewableNames.map(name => `${name} renewed`))
    const second = await verified()
    const { stdout } = await kubeadm(['certs', 'check-expiration', '-o', 'json'])
    const { certificates } = JSON.parse(stdout) as {
      certificates: readonly { name: string; residualTime: number; missing: boolean }[]
    }
    expect(certificates.filter(({ missing }) => missing)).toEqual([])
    for (const { residualTime } of certificates) expect(Math.abs(residualTime - 240 * 3600)).toBeLessThan(600)
    await kubeadm(['certs', 'renew', 'all'])
    const third = await verified()
    expect(await renew('all')).toEqual(renewableNames.map(name => `${name} renewed`))
    const fourth = await verified()
    expect(new Set([first, second, third, fourth].flat()).size).toBe(4 * first.length)
    expect(await kubectl(cp, 'get nodes -o name')).toBe('node/cp1\n')
  })

  it('certs renew restarts only what does not read its certificate again, without a failure of a client, and also after kubeadm', async () => {
    const steady = await startSteady((await cp.run('cat /etc/kubernetes/admin.conf')).stdout)
    const { nodes, warnings } = await renewal('all')
    await steady.finish()
    expect(steady.failed).toEqual([])
    expect(steady.requests).toBeGreaterThan(5)
    expect(nodes).toMatchObject([{ restarted, inUse: true }])
    expect(warnings).toEqual([])
    expect(await outdatedPorts()).toEqual([])
    expect(await restarts()).toEqual([])
    await kubeadm(['certs', 'renew', 'all'])
    expect(await restarts()).toEqual(restarted)
    expect(await outdatedPorts()).toEqual([])
    await kubectl(cp, '-n kube-system wait --for=condition=Ready pods -l tier=control-plane --timeout=60s')
  })

  it('certs renew refreshes a copy of admin.conf, and names an old one', async () => {
    await cp.run(
      'mkdir -p /root/.kube && cp /etc/kubernetes/admin.conf /root/.kube/config && chmod 640 /root/.kube/config',
    )
    const path = '/root/.kube/config'
    expect((await renewal('admin.conf')).warnings).toEqual([expect.stringContaining(`--refresh-kubeconfig ${path}`)])
    const { nodes, warnings } = await renewal('admin.conf', '--refresh-kubeconfig', path)
    expect({ nodes, warnings }).toMatchObject({ nodes: [{ refreshed: [path], restarted: [] }], warnings: [] })
    const { stdout } = await cp.run(`cmp ${path} /etc/kubernetes/admin.conf; stat -c %a ${path}`)
    expect(stdout).toBe('640\n')
  })

  it('certs renew --expiring-within and --dry-run change nothing when nothing expires', async () => {
    const before = await verified()
    expect(await renew('all', '--expiring-within', '9d')).toEqual(renewableNames.map(name => `${name} kept`))
    const dry = await here.run(['certs', 'renew', 'all', '--dry-run', '--host', cp.ssh(), '--progress', 'quiet'])
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('+++ /etc/kubernetes/pki/apiserver.crt') })
    expect(dry.stdout).not.toContain('PRIVATE KEY')
    for (const name of restarted) expect(dry.stdout).toContain(`would restart the pod kube-system/${name}-cp1`)
    expect(await verified()).toEqual(before)
  })

  it('a renewal killed at any step leaves only keys that belong to their certificates', async () => {
    for (const afterMs of [0, 30, 60, 100, 150, 200, 300]) {
      const run = startHere(here, ['certs', 'renew', 'all', '--host', cp.ssh()])
      await killAt(run, { type: 'run-started', afterMs })
      await verified()
    }
    expect(await renew('all')).toEqual(renewableNames.map(name => `${name} renewed`))
    await verified()
    expect(await leftovers(cp)).toEqual([])
  })

  it.each([
    { phase: 'certs-renew/scheduler.conf', type: 'step-done' },
    { phase: 'restart-components/kube-controller-manager', type: 'step-started', afterMs: 300 },
    { phase: 'restart-components/kube-controller-manager', type: 'step-done' },
  ] as const)('the run after a renewal that was killed at $type of $phase completes the restarts', async point => {
    await killAt(startHere(here, ['certs', 'renew', 'all', '--host', cp.ssh()]), point)
    await renewal('all', '--expiring-within', '0s')
    expect(await restarts()).toEqual([])
    expect(await outdatedPorts()).toEqual([])
    await verified()
  })

  it('certs renew replaces a key that a crash separated from its certificate', async () => {
    await cp.run('cp /etc/kubernetes/pki/etcd/peer.key /etc/kubernetes/pki/apiserver.key')
    const outcomes = await renew('all', '--expiring-within', '9d')
    expect(outcomes.filter(one => !one.endsWith(' kept'))).toEqual(['apiserver renewed'])
    await verified()
  })

  it('certs renew works without an API server, with --config for algorithm and validity', async () => {
    await cp.run('mv /etc/kubernetes/manifests/kube-apiserver.yaml /root')
    const config = join(here.home, 'renew.yaml')
    await writeFile(config, labKubeadmConfig({ version, cluster: { certificateValidityPeriod: '48h' } }))
    expect(await renew('apiserver', 'admin.conf', '--config', config)).toEqual([
      'admin.conf renewed',
      'apiserver renewed',
    ])
    await verified()
    await cp.run('openssl pkey -in /etc/kubernetes/pki/apiserver.key -noout -text | grep -q "2048 bit"')
    await cp
      .run('openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -checkend 180000', { check: false })
      .then(({ code }) => expect(code).toBe(1))
    const { nodes, warnings } = await renewal('scheduler.conf', '--config', config)
    expect(nodes).toMatchObject([{ inUse: false }])
    expect(warnings).toContainEqual(expect.stringContaining('its API server did not answer before the run'))
    await cp.run('mv /root/kube-apiserver.yaml /etc/kubernetes/manifests')
    await kubectlAnswers()
    expect(await restarts()).toEqual(expect.not.arrayContaining(['kube-apiserver', 'etcd']))
  })
})
