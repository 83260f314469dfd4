import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KubernetesVersion, type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { type LabConfigOptions, labKubeadmConfig } from '../lab/oracle.ts'
import { kadmBinds } from './kadm.ts'
import { describeObjects } from './parity/describe-objects.ts'
import { readTree } from './parity/files.ts'
import { describeFiles } from './parity/kubernetes-folder.ts'
import { readObjects } from './parity/live-objects.ts'
import { kadm, kubeadm, type Tool } from './parity/tool.ts'

interface Case {
  readonly title: string
  readonly options: LabConfigOptions
  readonly flags: readonly string[]
}

const certificateKey = 'e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204'
const cases: readonly Case[] = [
  { title: 'by default', options: { version: 'v1.37.2' }, flags: [] },
  {
    title: 'with an endpoint, networks, labels and certificates of its own',
    options: {
      version: 'v1.36.3',
      controlPlaneEndpoint: 'cp1:6443',
      podSubnet: '10.200.0.0/16',
      serviceSubnet: '10.112.0.0/16',
      init: {
        certificateKey,
        bootstrapTokens: [
          { token: 'abcdef.0123456789abcdef', description: 'for workers', ttl: '2h30m' },
          { token: 'fedcba.fedcba9876543210', groups: ['system:bootstrappers:own'], ttl: '0s' },
        ],
      },
      cluster: {
        networking: { podSubnet: '10.200.0.0/16', serviceSubnet: '10.112.0.0/16', dnsDomain: 'prod.example' },
        apiServer: { certSANs: ['api.example.test'], extraArgs: [{ name: 'v', value: '1' }] },
        encryptionAlgorithm: 'ECDSA-P256',
      },
      kubelet: { maxPods: 42 },
    },
    flags: ['--upload-certs'],
  },
]

describe.each(cases)('a cluster $title', ({ options, flags }) => {
  let lab: Lab
  let theirs: Awaited<ReturnType<typeof clusterOf>>
  let ours: Awaited<ReturnType<typeof clusterOf>>

  beforeAll(async () => {
    lab = await startLab({ name: 'parity-live', most: { controlPlanes: 1 } })
    theirs = await clusterOf(kubeadm(options.version))
    await lab.stopNode('cp1')
    ours = await clusterOf(kadm)
  })
  afterAll(() => lab?.stop())

  it('kadm and kubeadm write the same files for a running cluster', () => {
    expect(ours.files).toEqual(theirs.files)
  })

  it('kadm and kubeadm create the same objects in a running cluster', () => {
    expect(Object.keys(theirs.objects).length).toBeGreaterThan(30)
    expect(ours.objects).toEqual(theirs.objects)
  })

  it.each([
    ['kubeadm', () => theirs.expiration],
    ['kadm', () => ours.expiration],
  ])('kadm and kubeadm show the same expiration of the certificates that %s created', (_, expiration) => {
    const { kubeadms, kadms } = expiration()
    expect(kubeadms).toMatch(/^apiserver {3}.*\d+d {3}/m)
    expect(kadms.slice(0, kubeadms.length)).toBe(kubeadms)
    expect(kadms.slice(kubeadms.length)).not.toContain('PROBLEM')
  })

  /** A complete init on a new node with the address of the previous one. */
  async function clusterOf(tool: Tool) {
    const node = await lab.startNode({ name: 'cp1', kubernetes: options.version, binds: kadmBinds })
    await node.writeFile('/root/init.yaml', labKubeadmConfig(options))
    const start = new Date()
    await tool(node, ['init', '--config', '/root/init.yaml', ...flags])
    const starts = { certs: start, kubeconfig: start }
    const objects = await readObjects(node)
    const expiration = await expirationOn(node, options.version)
    const files = readTree(node.rootPath, ['/etc/kubernetes', ...kubeletFiles])
    return {
      expiration,
      files: describeFiles(files, starts),
      objects: describeObjects(objects, {
        ca: files.get(`${pki}/ca.crt`)?.text ?? '',
        certificateKey,
        sharedFile: key => sharedFile(node, key),
      }),
    }
  }
})

const pki = '/etc/kubernetes/pki'
const kubeletFiles = ['config.yaml', 'instance-config.yaml', 'kubeadm-flags.env'].map(
  file => `/var/lib/kubelet/${file}`,
)

/** What kubeadm and kadm print on a node, without where they read the configuration. */
async function expirationOn(node: LabNode, version: KubernetesVersion) {
  const args = ['certs', 'check-expiration']
  const theirs = await kubeadm(version)(node, args)
  return { kubeadms: theirs.stdout.replace(/^\[.*\n+/gm, ''), kadms: (await kadm(node, args)).stdout }
}

/** Returns the file of a key in kubeadm-certs: `etcd/ca.crt` for `etcd-ca.crt`. */
function sharedFile(node: LabNode, key: string): string {
  return readFileSync(join(node.rootPath, pki, key.replace(/^etcd-/, 'etcd/')), 'utf8')
}
