import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renewableNames } from '../../src/cluster/renewable-names.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
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
  readonly nodes: readonly { readonly certificates: readonly { readonly name: string; readonly outcome: string }[] }[]
}

async function renew(...args: readonly string[]): Promise<readonly string[]> {
  const answer = (await answerHere(here, ['certs', 'renew', ...args, '--host', cp.ssh()])) as unknown as Renewal
  return answer.nodes.flatMap(({ certificates }) => certificates.map(({ name, outcome }) => `${name} ${outcome}`))
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

  it('certs renew --expiring-within and --dry-run change nothing when nothing expires', async () => {
    const before = await verified()
    expect(await renew('all', '--expiring-within', '9d')).toEqual(renewableNames.map(name => `${name} kept`))
    const dry = await here.run(['certs', 'renew', 'all', '--dry-run', '--host', cp.ssh(), '--progress', 'quiet'])
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('+++ /etc/kubernetes/pki/apiserver.crt') })
    expect(dry.stdout).not.toContain('PRIVATE KEY')
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
    await cp.run('mv /root/kube-apiserver.yaml /etc/kubernetes/manifests')
  })
})
