import { describe, expect, it } from 'vitest'
import type { ControlPlaneNode } from '../../../src/cluster/cluster.ts'
import { controlPlaneImages } from '../../../src/cluster/images.ts'
import { secret } from '../../../src/cluster/secret.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { joinPreflight, preflight } from '../../../src/phases/preflight/index.ts'
import { type AskedNode, kubeadmChecksOf } from '../../../src/phases/preflight/table.ts'
import { makeCluster, makeFacts, makeNode } from '../../fixtures/cluster.ts'
import { type FakeMachine, fakeContext, fakeCri, fakeDiscovered, fakeMachine } from './fake-machine.ts'

const cluster = makeCluster()
const images = controlPlaneImages(cluster.config)
const manifests = '/etc/kubernetes/manifests'

/** The checks of kubeadm that a node runs. */
function namesOf(asked: Partial<AskedNode> & Pick<AskedNode, 'by'>): readonly string[] {
  const caCertPath = '/etc/kubernetes/pki/ca.crt'
  const usual = { cluster, node: makeNode(), caCertPath, filesCome: false, alone: false }
  return kubeadmChecksOf({ ...usual, ...asked }).map(({ name }) => name)
}

async function failureOf(run: Promise<void>): Promise<KadmError> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof KadmError) return error
  throw error ?? new Error('nothing failed')
}

function context(machine: FakeMachine = {}, ignore: readonly string[] = [], cri = fakeCri(images)) {
  return fakeContext({ cluster, node: makeNode({ ignorePreflightErrors: ignore }), host: fakeMachine(machine), cri })
}

describe('preflight of init', () => {
  it('preflight of init runs the checks of kubeadm in the same order', () => {
    expect(namesOf({ by: 'init' })).toEqual([
      ...['NumCPU', 'Mem', 'KubernetesVersion', 'Firewalld', 'Port-6443', 'Port-10259', 'Port-10257'],
      ...['apiserver', 'controller-manager', 'scheduler'].map(
        name => `FileAvailable--etc-kubernetes-manifests-kube-${name}.yaml`,
      ),
      ...['FileAvailable--etc-kubernetes-manifests-etcd.yaml', 'HTTPProxy', 'HTTPProxyCIDR'],
      ...['CRI', 'ContainerRuntimeVersion', 'Swap', 'FileExisting-losetup', 'FileExisting-mount', 'FileExisting-cp'],
      ...['SystemVerification', 'Hostname', 'KubeletVersion', 'Service-kubelet', 'Port-10250'],
      ...['FileContent--proc-sys-net-ipv4-ip_forward', 'Port-2379', 'Port-2380', 'DirAvailable--var-lib-etcd'],
    ])
  })

  it('preflight of init warns when the runtime uses another sandbox image than the pulled one', async () => {
    const old = 'registry.k8s.io/pause:3.8'
    const ctx = context({}, [], fakeCri(images, { sandboxImage: async () => old }))
    await preflight.run(ctx)
    expect(ctx.notes).toEqual([
      { kind: 'warning', text: expect.stringMatching(/^\[ImagePull\] detected that the sandbox image ".*pause:3.8"/) },
    ])
    const mute = context(
      {},
      [],
      fakeCri(images, { sandboxImage: () => Promise.reject(new KadmError('CRI_FAILED', '')) }),
    )
    await preflight.run(mute)
    expect(mute.notes).toEqual([])
  })

  it('preflight of init reports unusable certificates together with all other errors', async () => {
    const files = { '/etc/kubernetes/pki/ca.crt': 'none', '/etc/kubernetes/pki/ca.key': 'none' }
    const run = (ignore: readonly string[]) => {
      const host = { ...fakeMachine({ files, answers: { cpus: '1' } }), list: async () => ['ca.crt'] }
      const node = makeNode({ ignorePreflightErrors: ignore })
      return failureOf(preflight.run(fakeContext({ cluster, node, host, cri: fakeCri(images) })))
    }
    const [passedOver, all] = await Promise.all([run(['all']), run([])])
    expect(passedOver.code).toBe('PREFLIGHT_FAILED')
    expect(passedOver.problems).toMatchObject([{ message: expect.stringContaining('ca.crt') }])
    expect(passedOver.hint).not.toContain('--ignore-preflight-errors')
    expect(all.problems).toMatchObject([{ field: 'NumCPU' }, { message: expect.stringContaining('ca.crt') }])
  })

  it('preflight of init refuses --upload-certs while the key of a CA is elsewhere', async () => {
    const files = { '/etc/kubernetes/pki/front-proxy-ca.crt': 'certificate' }
    const run = async (uploadCerts: boolean) => {
      const host = { ...fakeMachine({ files }), list: async () => ['front-proxy-ca.crt'] }
      const request = { uploadCerts }
      const error = await failureOf(
        preflight.run(fakeContext({ cluster, node: makeNode(), host, request, cri: fakeCri(images) })),
      )
      return error.problems.map(({ message }) => message)
    }
    const message = expect.stringContaining('--upload-certs would share it')
    expect(await run(true)).toContainEqual(message)
    expect(await run(false)).not.toContainEqual(message)
  })

  it('preflight of init checks the files and version of an external etcd instead of the etcd ports', () => {
    const external = { endpoints: ['https://e:2379'], caFile: '/ca', certFile: '/crt', keyFile: '/key' }
    const names = namesOf({ by: 'init', cluster: makeCluster({ config: { etcd: { external } } }) })
    const files = Array.from({ length: 3 }, () => 'ExternalEtcdClientCertificates')
    expect(names.slice(-4)).toEqual(['ExternalEtcdVersion', ...files])
  })

  it('preflight of init passes a suitable host with three commands, without output or changes', async () => {
    const machine = fakeMachine()
    const ctx = fakeContext({ cluster, node: makeNode(), host: machine, cri: fakeCri(images) })
    await preflight.run(ctx)
    expect(ctx.notes).toEqual([])
    expect(machine.asked.sort()).toEqual(['kubelet', 'sh', 'timeout'])
  })

  it('preflight of init reports all errors together with their names, hints and nodes', async () => {
    const ctx = context({ answers: { cpus: '1', memory: 'MemTotal: 1024000 kB', services: 'kubelet disabled active' } })
    const error = await failureOf(preflight.run(ctx))
    expect([error.code, error.message]).toEqual(['PREFLIGHT_FAILED', 'preflight checks failed'])
    expect(error.problems.map(({ field, level, node }) => [field, level, node])).toEqual([
      ['NumCPU', 'error', 'cp1'],
      ['Mem', 'error', 'cp1'],
    ])
    expect(error.problems.every(problem => problem.remedy)).toBe(true)
    expect(error.hint).toContain('--ignore-preflight-errors=NumCPU,Mem')
    expect(ctx.notes).toEqual([
      { kind: 'warning', text: expect.stringMatching(/^\[Service-kubelet\] kubelet service is not enabled/) },
    ])
  })

  it.each([[['numcpu']], [['all']]])(
    'preflight of init reports ignored errors (%j) as warnings and continues',
    async ignore => {
      const ctx = context({ answers: { cpus: '1' } }, ignore)
      await preflight.run(ctx)
      expect(ctx.notes).toEqual([
        { kind: 'warning', text: '[NumCPU] the number of available CPUs 1 is less than the required 2' },
      ])
    },
  )

  it('preflight of init reports only missing root permissions when the user is not root', async () => {
    const error = await failureOf(preflight.run(context({ answers: { uid: '1000', cpus: '1' } })))
    expect(error.problems.map(problem => problem.field)).toEqual(['IsPrivilegedUser'])
  })

  it('preflight of init refuses the files of another cluster', async () => {
    const paths = `file ${manifests}/etcd.yaml\nfilled-dir /var/lib/etcd`
    const error = await failureOf(preflight.run(context({ answers: { paths } })))
    expect(error.problems.map(problem => problem.message)).toEqual([
      `${manifests}/etcd.yaml already exists`,
      '/var/lib/etcd is not empty',
    ])
  })

  it('preflight of init pulls no images after a failed check', async () => {
    const cri = fakeCri()
    await failureOf(preflight.run(context({ answers: { cpus: '1' } }, [], cri)))
    expect(cri.pulled).toEqual([])
  })
})

describe('images', () => {
  const broken = new KadmError('CRI_FAILED', 'connection reset')
  const run = (overrides: Partial<ControlPlaneNode>, cri: ReturnType<typeof fakeCri>) =>
    fakeContext({ cluster, node: makeNode(overrides), host: fakeMachine(), cri })

  it.each([
    ['IfNotPresent', true, images.slice(1)],
    ['IfNotPresent', false, images.slice(1)],
    ['Always', true, images],
    ['Never', true, []],
  ] as const)(
    'preflight pulls images with policy %s (serial: %s)',
    async (imagePullPolicy, imagePullSerial, expected) => {
      const cri = fakeCri(images.slice(0, 1))
      await preflight.run(run({ imagePullPolicy, imagePullSerial }, cri))
      expect(cri.pulled).toEqual(expected)
    },
  )

  it('preflight tries to pull an image five times and reports the last reason', async () => {
    let tries = 0
    const cri = fakeCri(images.slice(1), {
      pullImage: async () => {
        tries += 1
        throw tries < 5 ? broken : new KadmError('CRI_FAILED', 'no such tag')
      },
    })
    const error = await failureOf(preflight.run(run({}, cri)))
    expect(tries).toBe(5)
    expect(error.problems.map(({ field, message }) => [field, message])).toEqual([
      ['ImagePull', `failed to pull image ${images[0]}: no such tag`],
    ])
  })

  it('preflight pulls the other images when one pull fails', async () => {
    const pulled: string[] = []
    const pullImage = async (image: string): Promise<void> => {
      if (image === images[0]) throw broken
      pulled.push(image)
    }
    await failureOf(preflight.run(run({}, fakeCri([], { pullImage }))))
    expect(pulled).toEqual(images.slice(1))
  })
})

describe('the runtime', () => {
  it.each<[string, Parameters<typeof fakeCri>[1], string[]]>([
    [
      'that is not ready',
      { status: async () => [{ type: 'RuntimeReady', status: false, reason: 'R', message: 'm' }] },
      ['container runtime condition "RuntimeReady" is not true. reason: R, message: m'],
    ],
    [
      'that does not answer',
      { status: () => Promise.reject(new KadmError('CRI_FAILED', 'gone')) },
      ['could not connect to the container runtime: gone'],
    ],
  ])('preflight reports an error for a container runtime %s', async (_, overrides, expected) => {
    const error = await failureOf(preflight.run(context({}, [], fakeCri(images, overrides))))
    expect(error.problems.map(problem => problem.message)).toEqual(expected)
  })

  it('preflight warns of a container runtime that does not report its cgroup driver', async () => {
    const ctx = context({}, [], fakeCri(images, { cgroupDriver: async () => undefined }))
    await preflight.run(ctx)
    expect(ctx.notes.map(note => 'text' in note && note.text.slice(0, 25))).toEqual(['[ContainerRuntimeVersion]'])
  })
})

/** A cluster that control planes can join. */
const reachable = makeCluster({ config: { controlPlaneEndpoint: 'api.example.com:6443' } })

describe('preflight of join', () => {
  const worker = makeNode({
    name: 'w1',
    role: 'worker',
    facts: makeFacts({ hostname: 'w1', defaultAddress: '10.77.0.21' }),
  })
  const common = [
    'CRI',
    'ContainerRuntimeVersion',
    'Swap',
    'FileExisting-losetup',
    'FileExisting-mount',
    'FileExisting-cp',
  ]
  const rest = ['SystemVerification', 'Hostname', 'KubeletVersion', 'Service-kubelet', 'Port-10250']

  it('preflight of join runs the checks of kubeadm in the same order', () => {
    expect(namesOf({ by: 'worker', node: worker, discovered: fakeDiscovered() })).toEqual([
      ...['FileAvailable--etc-kubernetes-kubelet.conf', 'FileAvailable--etc-kubernetes-bootstrap-kubelet.conf'],
      ...common,
      ...rest,
      ...['FileAvailable--etc-kubernetes-pki-ca.crt', 'HTTPProxy', 'FileContent--proc-sys-net-ipv4-ip_forward'],
    ])
  })

  it('preflight of join on a worker pulls no images and accepts a newer kubelet, like kubeadm', async () => {
    const cri = fakeCri()
    const host = fakeMachine({ kubelet: 'v1.38.0' })
    await joinPreflight.run(fakeContext({ cluster, node: worker, host, cri, discovered: fakeDiscovered() }))
    expect(cri.pulled).toEqual([])
  })

  it('preflight of join refuses a host that is a node of another cluster', async () => {
    const host = fakeMachine({ answers: { paths: 'file /etc/kubernetes/pki/ca.crt' }, files: {} })
    const error = await failureOf(
      joinPreflight.run(fakeContext({ cluster, node: worker, host, discovered: fakeDiscovered() })),
    )
    expect(error.problems.map(problem => problem.field)).toEqual(['FileAvailable--etc-kubernetes-pki-ca.crt'])
  })

  it('preflight of join on a control plane also runs the checks of init and pulls its images', async () => {
    const cri = fakeCri()
    const joining = makeNode({
      name: 'cp2',
      advertiseAddress: '10.77.0.12',
      facts: makeFacts({ hostname: 'cp2', defaultAddress: '10.77.0.12' }),
    })
    const addresses = '2: eth0    inet 10.77.0.12/24 scope global eth0'
    const host = fakeMachine({ answers: { addresses, cpus: '1', programs: 'losetup\nmount\nsystemctl' } })
    const request = { certificateKey: secret('ab'.repeat(32)) }
    const ctx = { cluster: reachable, node: joining, request, host, cri, discovered: fakeDiscovered() }
    const error = await failureOf(joinPreflight.run(fakeContext(ctx)))
    expect(error.problems.map(problem => problem.field)).toEqual(['FileExisting-cp', 'NumCPU'])
    expect(cri.pulled).toEqual([])
    await joinPreflight.run(fakeContext({ ...ctx, host: fakeMachine({ answers: { addresses } }) }))
    expect(cri.pulled).toEqual(images)
  })

  it('preflight of join requires a shared endpoint before a second control plane joins', async () => {
    const run = { cluster, node: makeNode(), host: fakeMachine(), discovered: fakeDiscovered() }
    const error = await failureOf(joinPreflight.run(fakeContext(run)))
    expect(error.code).toBe('PREFLIGHT_FAILED')
    expect(error.problems[0]).toMatchObject({
      field: 'ControlPlaneEndpoint',
      message: expect.stringMatching(/controlPlaneEndpoint/),
      remedy: expect.stringMatching(/load balancer/),
    })
  })

  it('preflight of join lists every shared control plane file without a source', async () => {
    const run = { cluster: reachable, node: makeNode(), host: fakeMachine(), discovered: fakeDiscovered() }
    const error = await failureOf(joinPreflight.run(fakeContext(run)))
    expect(error.code).toBe('PREFLIGHT_FAILED')
    expect(error.problems[0]?.remedy).toContain('--certificate-key')
    expect(error.hint).not.toContain('--ignore-preflight-errors')
    const names = ['ca.crt', 'front-proxy-ca.crt', 'sa.pub', 'sa.key', 'etcd/ca.crt']
    expect(error.problems.map(({ field }) => field)).toEqual(names.map(name => `/etc/kubernetes/pki/${name}`))
  })

  it('preflight of join reports missing control plane files together with all other errors', async () => {
    const host = fakeMachine({ answers: { cpus: '1' } })
    const run = { cluster: reachable, node: makeNode(), host, discovered: fakeDiscovered() }
    const error = await failureOf(joinPreflight.run(fakeContext(run)))
    const fields = error.problems.map(({ field }) => field)
    expect(fields).toEqual(expect.arrayContaining(['NumCPU', '/etc/kubernetes/pki/ca.crt']))
    expect(error.hint).toMatch(/--ignore-preflight-errors=NumCPU$/)
  })

  it('preflight of join does not ignore required checks', async () => {
    const node = makeNode({ ignorePreflightErrors: ['all'] })
    const error = await failureOf(
      joinPreflight.run(fakeContext({ cluster, node, host: fakeMachine(), discovered: fakeDiscovered() })),
    )
    expect(error.problems.map(({ field }) => field)).toContain('ControlPlaneEndpoint')
  })

  it('preflight of join checks the files of an external etcd unless the run copies them', () => {
    const external = { endpoints: ['https://e:2379'], caFile: '/ca', certFile: '/crt', keyFile: '/key' }
    const wide = makeCluster({ config: { etcd: { external } } })
    const names = (filesCome: boolean) => namesOf({ by: 'control plane', cluster: wide, filesCome })
    expect(names(false).filter(name => name === 'ExternalEtcdClientCertificates')).toHaveLength(3)
    expect(names(true).filter(name => /Etcd|2379/.test(name))).toEqual([])
  })
})
