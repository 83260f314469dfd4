import type { FakeKube } from '../../src/clients/kube/fake.ts'
import { type FakeAnswer, type FakeCall, type FakeHost, fakeHost } from '../../src/host/fake.ts'
import type { ConnectTarget } from '../../src/host/host.ts'
import type { Issuer } from '../../src/pki/issue.ts'
import { issueClient } from '../../src/pki/issue-from-table.ts'
import { generateKey, privateKeyPem } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { renderKubeletKubeconfig } from '../../src/render/kubeconfig.ts'
import { walBeginning } from '../observe/etcd-wal.ts'
import { fakeMachine } from '../phases/preflight/fake-machine.ts'
import { answerHealthy, answerTls, hasCertificate } from './fake-servers.ts'

export interface FakeNodeOptions {
  readonly name: string
  readonly kubeletVersion: string
  /** The address of its only interface, with the default route. */
  readonly address: string
  /** The API in which its kubelet registers the Node. */
  readonly kube: FakeKube
  /** The CA that signs the request of a joining kubelet. */
  readonly issuer: () => Promise<Issuer>
}

const kubeletConf = '/etc/kubernetes/kubelet.conf'
const bootstrapConf = '/etc/kubernetes/bootstrap-kubelet.conf'
const currentPem = '/var/lib/kubelet/pki/kubelet-client-current.pem'
const etcdManifest = '/etc/kubernetes/manifests/etcd.yaml'
const walFile = '/var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal'

export interface FakeNode extends FakeHost {
  /** True after its kubelet was started. */
  started(): boolean
  /** Starts etcd as the member `id` if its static pod exists and a kubelet runs; returns the member's name then. */
  startEtcd(peerUrl: string, id: string): string | undefined
}

/** A host for Kubernetes whose kubelet gets a certificate and registers its Node as a real one does. */
export function fakeNode(options: FakeNodeOptions): FakeNode {
  let startedAt: Date | undefined
  let sliceSince: Date | undefined
  let etcd = ''
  const connect = (target: ConnectTarget) => {
    if ('host' in target && target.host === '127.0.0.1' && startedAt === undefined) return undefined
    const port = 'port' in target && startedAt !== undefined ? target.port : 0
    return hasCertificate(port) ? answerTls(host, port) : answerHealthy()
  }
  const host: FakeHost = fakeHost({ name: options.name, commands: answer, connect })

  async function answer(call: FakeCall): Promise<FakeAnswer> {
    const [program, ...args] = call.argv
    const line = call.argv.join(' ')
    if (line === 'systemctl daemon-reload' || program === 'setsid') return 0
    if (line === 'systemctl restart kubelet') return startKubelet()
    if (line === 'systemctl stop kubelet') return stopKubelet()
    if (line === 'systemctl stop kubepods.slice') return stopSlice()
    if (program === 'readlink') {
      const path = args.at(-1) ?? ''
      return (await host.stat(path)) === undefined ? 1 : { stdout: `${path}\n` }
    }
    // Without links, the file has two names.
    if (program === 'ln') return write(args.at(-1) ?? '', args.at(-2) ?? '')
    if (line === 'cat /proc/mounts') return 0
    if (line === 'id -u') return { stdout: '0\n' }
    if (program === 'cp') return copy(args.slice(2, -1), args.at(-1) ?? '')
    if (program === 'sed') return { stdout: await certificatesIn(args.at(-1) ?? '') }
    if (program === 'sh' && args[1]?.includes('member/wal')) return { stdout: await walOf(host) }
    if (program === 'sh' && args[1]?.includes('ExecMainStartTimestampMonotonic')) {
      return { stdout: unit(args.at(-1) === 'kubepods.slice' ? sliceSince : startedAt) }
    }
    const asked = program === 'sh' && args[2] === 'sh' ? args.slice(3) : []
    const paths = await Promise.all(asked.map(async path => `${await stateOf(host, path)} ${path}`))
    const addresses = `2: eth0    inet ${options.address}/24 scope global eth0`
    const answers = { paths: paths.join('\n'), addresses }
    const { query } = fakeMachine({ kubelet: options.kubeletVersion, answers })
    return query(call.argv)
  }

  function stopKubelet(): number {
    startedAt = undefined
    return 0
  }

  function stopSlice(): number {
    sliceSince = undefined
    return 0
  }

  async function write(path: string, source: string): Promise<number> {
    await host.writeFile({ path, content: (await host.readFile(source)) ?? '', mode: 0o600 })
    return 0
  }

  async function copy(sources: readonly string[], folder: string): Promise<number> {
    for (const source of sources) {
      const target = `${folder}/${source.split('/').at(-1)}`
      if ((await host.stat(source))?.kind === 'dir') {
        await copy(
          (await host.list(source)).map(name => `${source}/${name}`),
          target,
        )
      } else await write(target, source)
    }
    return 0
  }

  async function startKubelet(): Promise<number> {
    if ((await host.stat(kubeletConf)) === undefined) {
      const bootstrap = parseKubeconfig(Buffer.from((await host.readFile(bootstrapConf)) ?? '').toString())
      const { server, caPem = '' } = bootstrap
      const content = renderKubeletKubeconfig({ server, caPem, certificate: currentPem })
      await host.writeFile({ path: kubeletConf, content, mode: 0o600 })
    }
    if ((await host.stat(currentPem)) === undefined)
      await host.writeFile({ path: currentPem, content: await newPair() })
    startedAt = new Date()
    sliceSince = startedAt
    await register(options)
    return 0
  }

  async function newPair(): Promise<string> {
    const key = await generateKey('ECDSA-P256')
    const subject = { commonName: `system:node:${options.name}`, organizations: ['system:nodes'] }
    const issuer = await options.issuer()
    const made = issueClient({ subject, key, issuer, startedAt: new Date(), validityMs: 3_600_000 })
    return made.pem + privateKeyPem(key).reveal()
  }

  async function certificatesIn(path: string): Promise<string> {
    const text = Buffer.from((await host.readFile(path)) ?? '').toString()
    return /-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----\n/s.exec(text)?.[0] ?? ''
  }

  return {
    ...host,
    async writeFile(file) {
      if (file.path === etcdManifest && 'content' in file) etcd = String(file.content)
      await host.writeFile(file)
    },
    started: () => startedAt !== undefined,
    startEtcd(peerUrl, id) {
      if (startedAt === undefined || !etcd.includes(`--initial-advertise-peer-urls=${peerUrl}\n`)) return undefined
      // Synchronous for readers, so nothing is awaited.
      void host.writeFile({ path: walFile, content: walBeginning(id) })
      return options.name
    },
  }
}

/** Output of the script that reads the owner of etcd data. */
async function walOf(host: FakeHost): Promise<string> {
  if ((await host.stat('/var/lib/etcd/member')) === undefined) return 'none\n'
  return Buffer.from((await host.readFile(walFile)) ?? '').toString('base64')
}

async function register({ name, kube }: FakeNodeOptions): Promise<void> {
  if ((await kube.get({ apiVersion: 'v1', kind: 'Node', name })) !== undefined) return
  await kube.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } } })
}

async function stateOf(host: FakeHost, path: string): Promise<string> {
  const stat = await host.stat(path)
  if (stat?.kind !== 'dir') return stat === undefined ? 'absent' : 'file'
  return (await host.list(path)).length === 0 ? 'empty-dir' : 'filled-dir'
}

/** systemd's properties of a unit that was started by `systemctl restart`. */
function unit(startedAt: Date | undefined): string {
  const now = Date.now() / 1000
  const uptime = 100_000
  const monotonic = startedAt === undefined ? 0 : uptime - (now - startedAt.getTime() / 1000)
  return [
    'LoadState=loaded',
    `ActiveState=${startedAt === undefined ? 'inactive' : 'active'}`,
    'UnitFileState=enabled',
    `ExecMainStartTimestampMonotonic=${Math.ceil(monotonic * 1e6)}`,
    `MainPID=${startedAt === undefined ? 0 : 42}`,
    `Uptime=${uptime}`,
    `Now=${now}`,
  ].join('\n')
}
