import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificatePairs } from '../../src/cluster/node-files.ts'
import { makeTemporaryCa } from '../../src/pki/temporary-ca.ts'
import { exec } from '../lab/exec.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { type Here, ignoring, kadmHere } from './kadm.ts'
import { kubectl, untilReady } from './observe.ts'

const version = 'v1.37.2'
const cas = ['ca', 'front-proxy-ca', 'etcd/ca'] as const
const caOf: Readonly<Record<string, (typeof cas)[number]>> = {
  apiserver: 'ca',
  'apiserver-kubelet-client': 'ca',
  'front-proxy-client': 'front-proxy-ca',
  'apiserver-etcd-client': 'etcd/ca',
  'etcd/server': 'etcd/ca',
  'etcd/peer': 'etcd/ca',
  'etcd/healthcheck-client': 'etcd/ca',
}
const kubeconfigs = ['admin.conf', 'super-admin.conf', 'kubelet.conf', 'controller-manager.conf', 'scheduler.conf']

let lab: Lab
let here: Here
let cp1: LabNode
let config: string
let offline: string

beforeAll(async () => {
  lab = await startLab({ name: 'external', most: { controlPlanes: 1 }, versions: [version] })
  here = await kadmHere(lab)
  cp1 = await lab.startNode({ name: 'cp1' })
  config = join(here.home, 'kadm.yaml')
  const controlPlaneEndpoint = `${cp1.address}:6443`
  await writeFile(
    config,
    labKubeadmConfig({ version, controlPlaneEndpoint, cluster: { encryptionAlgorithm: 'ECDSA-P256' } }),
  )
  offline = join(here.home, 'offline')
  await mkdir(join(offline, 'etcd'), { recursive: true })
  for (const name of cas) {
    const { certificate, key } = await makeTemporaryCa(name.replace('/', '-').replace(/^ca$/, 'kubernetes'), new Date())
    await writeFile(join(offline, `${name}.crt`), certificate)
    await writeFile(join(offline, `${name}.key`), key, { mode: 0o600 })
  }
})
afterAll(() => lab?.stop())

/** Runs kadm on this host. Returns its result, and fails with its error. */
async function kadm(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await here.run([...args, ...(args[1] === 'sign-csr' ? [] : ['--progress', 'quiet'])])
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

const dirOf = (node: LabNode) => join(here.home, node.name)
const sign = (node: LabNode, ...more: readonly string[]) =>
  kadm('certs', 'sign-csr', dirOf(node), '--cert-dir', offline, ...more)
const bring = (node: LabNode, ...more: readonly string[]) =>
  kadm('certs', 'import', dirOf(node), '--host', node.ssh(), ...more)

/** Every pair verifies with openssl and belongs to its key. Returns the serial numbers, in the order of the table. */
async function verified(node: LabNode): Promise<readonly string[]> {
  const lines = Object.entries(caOf).map(
    ([name, ca]) => `
openssl verify -x509_strict -CAfile ${ca}.crt ${name}.crt >&2
[ "$(openssl x509 -in ${name}.crt -noout -pubkey)" = "$(openssl pkey -in ${name}.key -pubout)" ] || { echo "mismatch: ${name}" >&2; exit 1; }
openssl x509 -in ${name}.crt -noout -serial`,
  )
  const { stdout } = await node.run(`set -e; cd /etc/kubernetes/pki${lines.join('')}`)
  return stdout.trim().split('\n')
}

describe('a cluster whose CAs are elsewhere', () => {
  it('the requests of kadm and of kubeadm ask for the same, and kadm signs both', async () => {
    await cp1.writeFile('/root/kadm.yaml', await readFile(config, 'utf8'))
    const dirs = (name: string) => ['--cert-dir', `/root/${name}/pki`, '--kubeconfig-dir', `/root/${name}`]
    const theirs = await cp1.run([
      oracleKubeadm(version),
      'certs',
      'generate-csr',
      '--config',
      '/root/kadm.yaml',
      ...dirs('csr'),
    ])
    const list =
      'cd /root/csr; find . -type f -printf "%m %p\\n" | sort -k2; for f in $(find . -name "*.csr" | sort); do openssl req -in $f -noout -verify -subject -text | grep -E "verify|subject|DNS|Algorithm"; done'
    const { stdout: wanted } = await cp1.run(list)
    await cp1.run('mv /root/csr /root/kubeadm')
    const ours = await kadm('certs', 'generate-csr', '--host', cp1.ssh(), '--config', config, ...dirs('csr'))
    const sorted = (text: string) => text.trim().split('\n').sort()
    expect(sorted(ours)).toEqual(sorted(theirs.stdout))
    expect((await cp1.run(list)).stdout).toBe(wanted)
    const dir = join(here.home, 'kubeadm')
    await mkdir(join(dir, 'etcd'), { recursive: true })
    for (const name of [...Object.keys(caOf).map(name => `pki/${name}`), ...kubeconfigs]) {
      const { stdout } = await cp1.run(['cat', `/root/kubeadm/${name}.csr`])
      await writeFile(join(dir, `${name.replace('pki/', '')}.csr`), stdout)
    }
    await kadm('certs', 'sign-csr', dir, '--cert-dir', offline)
    for (const [name, ca] of Object.entries(caOf)) {
      await exec('openssl', ['verify', '-x509_strict', '-CAfile', join(offline, `${ca}.crt`), join(dir, `${name}.crt`)])
    }
  })

  it('init lists every missing certificate before it changes anything', async () => {
    await kadm('certs', 'generate-csr', '--host', cp1.ssh(), '--config', config, '--out-dir', dirOf(cp1))
    const { code, stderr } = await here.run([
      'init',
      '--host',
      cp1.ssh(),
      '--config',
      config,
      '--progress',
      'quiet',
      ...ignoring,
    ])
    expect(code).toBe(3)
    for (const name of kubeconfigs) expect(stderr).toContain(`sign /etc/kubernetes/${name}.csr with`)
    expect((await cp1.run('ls /etc/kubernetes/manifests 2>/dev/null | wc -l')).stdout).toBe('0\n')
  })

  it('init works with certificates that were signed elsewhere, and no CA key comes to the node', async () => {
    await sign(cp1)
    await bring(cp1, '--config', config)
    await kadm('init', '--host', cp1.ssh(), '--config', config, ...ignoring)
    await lab.connectPods(cp1)
    await untilReady(cp1, ['cp1'])
    await verified(cp1)
    expect((await cp1.run('find /etc /root /var/lib/kadm -name "*ca.key"')).stdout).toBe('')
  })

  it('kubeadm takes the certificates for those of an external CA', async () => {
    const kubeadm = (...args: readonly string[]) => cp1.run([oracleKubeadm(version), ...args])
    const { stdout } = await kubeadm('certs', 'check-expiration', '-o', 'json')
    const { certificates } = JSON.parse(stdout) as {
      certificates: readonly { externallyManaged: boolean; missing: boolean }[]
    }
    expect(certificates.every(({ externallyManaged, missing }) => externallyManaged && !missing)).toBe(true)
    expect((await kubeadm('init', 'phase', 'certs', 'all', '--config', '/root/kadm.yaml')).stdout).toContain(
      'keyless certificate authority',
    )
    expect((await kubeadm('certs', 'renew', 'all')).stdout).toContain(
      "Detected external ca, certificate for serving the Kubernetes API can't be renewed",
    )
  })

  it('certs renew prints the way of an external CA, which renews and serves every certificate', async () => {
    const before = await verified(cp1)
    expect(await kadm('certs', 'renew', 'all', '--host', cp1.ssh())).toContain(
      `kadm certs generate-csr --renewal --out-dir ./${cp1.address} --host`,
    )
    await kadm('certs', 'generate-csr', '--renewal', '--host', cp1.ssh(), '--out-dir', join(here.home, 'renewal'))
    expect(await verified(cp1)).toEqual(before)
    await kadm('certs', 'sign-csr', join(here.home, 'renewal'), '--cert-dir', offline)
    const text = await kadm('certs', 'import', join(here.home, 'renewal'), '--host', cp1.ssh())
    expect(text).toContain('All components use the certificates in their files.')
    expect(text).toMatch(/kubelet restarted\n(.*\n)*kube-scheduler restarted/)
    const after = await verified(cp1)
    expect(after.filter(serial => before.includes(serial))).toEqual([])
    const serving = `echo | openssl s_client -connect ${cp1.address}:6443 2>/dev/null | openssl x509 -noout -serial`
    expect((await cp1.run(serving)).stdout.trim()).toBe(after[Object.keys(caOf).indexOf('apiserver')])
    expect((await cp1.run(`ls -d /etc/kubernetes/pki/renewal 2>/dev/null | wc -l`)).stdout).toBe('0\n')
    await kubectl(cp1, 'wait --for=condition=Ready node/cp1 --timeout=60s')
    expect(Object.keys(caOf)).toHaveLength(Object.keys(certificatePairs).length - cas.length)
  })
})
