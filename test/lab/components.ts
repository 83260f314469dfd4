import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { buildHyperkube, type GoBuild, goBuild, goBuildOwn } from './build/go.ts'
import { exec } from './exec.ts'
import { aptInstall, needPrograms } from './host.ts'
import { withLock } from './lock.ts'
import { cacheDir, kitDir, labSource } from './paths.ts'
import { say, since } from './progress.ts'

/** One of the programs a lab is made of; `binaries` are the files its directory holds. */
interface Recipe {
  binaries: readonly string[]
  /** How long a build takes on two cores, for the progress line. */
  usual: string
  build(version: string, workDir: string, outDir: string): Promise<void>
}

const kubernetesPrograms = [
  'kubeadm',
  'kubectl',
  'kubelet',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-proxy',
  'kube-scheduler',
]

const recipes = {
  kubernetes: { binaries: ['hyperkube'], usual: '6-7 min', build: buildHyperkube },
  etcd: { binaries: ['etcd'], usual: '45 s', build: buildEtcd },
  // Some archives of etcd do not have it.
  etcdutl: fromModule('go.etcd.io/etcd/etcdutl/v3', '45 s', { etcdutl: '.' }),
  coredns: fromModule('github.com/coredns/coredns', '3-4 min', { coredns: '.' }),
  containerd: fromModule(
    'github.com/containerd/containerd/v2',
    '95 s',
    { containerd: 'cmd/containerd', 'containerd-shim-runc-v2': 'cmd/containerd-shim-runc-v2', ctr: 'cmd/ctr' },
    { ldflags: version => `-X github.com/containerd/containerd/v2/version.Version=${version}` },
  ),
  runc: { binaries: ['runc'], usual: '40 s', build: buildRunc },
  crictl: fromModule(
    'sigs.k8s.io/cri-tools',
    '40 s',
    { crictl: 'cmd/crictl' },
    { ldflags: version => `-X sigs.k8s.io/cri-tools/pkg/version.Version=${version}` },
  ),
  'cni-plugins': fromModule('github.com/containernetworking/plugins', '10 s', {
    bridge: 'plugins/main/bridge',
    firewall: 'plugins/meta/firewall',
    'host-local': 'plugins/ipam/host-local',
    loopback: 'plugins/main/loopback',
    portmap: 'plugins/meta/portmap',
    ptp: 'plugins/main/ptp',
  }),
  pause: { binaries: ['pause'], usual: '1 s', build: buildPause },
  echo: { binaries: ['echo'], usual: '10-20 s', build: (_, work, out) => goBuildOwn('echo', work, join(out, 'echo')) },
  verify: {
    binaries: ['verify'],
    usual: '10 s',
    build: (_, work, out) => goBuildOwn('verify', work, join(out, 'verify')),
  },
} satisfies Record<string, Recipe>

export type ComponentName = keyof typeof recipes

/**
 * Returns the directory with a component's binaries. If it is not in the cache, unpacks it from the kit, or else builds
 * it from source through the Go module proxy (which needs Go).
 */
export async function component(name: ComponentName, version: string): Promise<string> {
  const dir = join(cacheDir, 'components', `${name}-${version}`)
  if (existsSync(dir)) return dir
  return withLock(`component-${name}-${version}`, async () => {
    if (existsSync(dir)) return dir
    const recipe: Recipe = recipes[name]
    const temp = join(cacheDir, 'tmp', `${name}-${version}`)
    rmSync(temp, { recursive: true, force: true })
    const out = join(temp, 'out')
    mkdirSync(out, { recursive: true })
    const start = performance.now()
    if (!(await unpackFromKit(name, version, out))) {
      say(`building ${name} ${version} from source (usually ${recipe.usual})`)
      await recipe.build(version, join(temp, 'work'), out)
    }
    for (const binary of recipe.binaries)
      if (!existsSync(join(out, binary))) throw new Error(`${name} ${version} came without its program ${binary}`)
    if (name === 'kubernetes') for (const program of kubernetesPrograms) symlinkSync('hyperkube', join(out, program))
    mkdirSync(join(cacheDir, 'components'), { recursive: true })
    await rename(out, dir)
    rmSync(temp, { recursive: true, force: true })
    say(`${name} ${version} is ready (${since(start)})`)
    return dir
  })
}

async function unpackFromKit(name: string, version: string, out: string): Promise<boolean> {
  const kit = kitDir()
  const archive = kit && join(kit, `${name}-${version}.tar.xz`)
  if (!archive || !existsSync(archive)) return false
  say(`unpacking ${name} ${version} (2-5 s)`)
  await needPrograms('xz', 'tar')
  await exec('tar', ['-xJf', archive, '-C', out, '--no-same-owner'])
  return true
}

function fromModule(
  module: string,
  usual: string,
  packages: Record<string, string>,
  options: { ldflags?: (version: string) => string } = {},
): Recipe {
  return {
    binaries: Object.keys(packages),
    usual,
    build(version, workDir, outDir) {
      const commands = Object.fromEntries(
        Object.entries(packages).map(([name, pkg]) => [name, pkg === '.' ? module : `${module}/${pkg}`]),
      )
      const build: GoBuild = { module, version, commands }
      if (options.ldflags) build.ldflags = options.ldflags(version)
      return goBuild(build, workDir, outDir)
    },
  }
}

async function buildEtcd(version: string, workDir: string, outDir: string): Promise<void> {
  const modules = {
    etcd: 'go.etcd.io/etcd/server/v3',
    etcdctl: 'go.etcd.io/etcd/etcdctl/v3',
    etcdutl: 'go.etcd.io/etcd/etcdutl/v3',
  }
  for (const [name, module] of Object.entries(modules))
    await goBuild({ module, version, commands: { [name]: module } }, join(workDir, name), outDir)
}

async function buildRunc(version: string, workDir: string, outDir: string): Promise<void> {
  await needPrograms('gcc', 'pkg-config')
  const found = await exec('pkg-config', ['--exists', 'libseccomp'], { check: false })
  if (found.code !== 0) await aptInstall(['libseccomp-dev'])
  const module = 'github.com/opencontainers/runc'
  const ldflags = `-X main.version=${version.slice(1)} -extldflags -static`
  // Without seccomp every pod fails, because the kubelet uses the runtime's default profile.
  await goBuild(
    { module, version, commands: { runc: module }, cgo: true, tags: 'seccomp netgo osusergo', ldflags },
    workDir,
    outDir,
  )
}

async function buildPause(_version: string, _workDir: string, outDir: string): Promise<void> {
  await needPrograms('gcc')
  await exec('gcc', ['-static', '-O2', '-o', join(outDir, 'pause'), join(labSource, 'build', 'pause.c')])
}
