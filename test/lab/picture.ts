import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { record } from '../ui/terminal/recording.ts'
import { component } from './components.ts'
import { type KubernetesVersion, type Lab, startLab } from './lab.ts'
import { labKubeadmConfig } from './oracle.ts'
import { cacheDir } from './paths.ts'
import { filmOf, type Piece } from './picture/film.ts'
import { svgOf } from './picture/svg.ts'
import { buildProgram, program } from './program.ts'

/**
 * `npm run picture`: records how a cluster of three control planes and two workers comes up in the lab, and draws the
 * recording as docs/images/five-nodes.svg. The commands run without preflight, which warns of the lab's cgroup v1.
 */
const version: KubernetesVersion = 'v1.37.2'
const controlPlanes = ['cp1', 'cp2', 'cp3']
const workers = ['w1', 'w2']
const home = join(cacheDir, 'picture')
const root = join(import.meta.dirname, '..', '..')
const size = { columns: 90, rows: 24 }
const pieces: Piece[] = []

/** Two seconds of the run are a third of a second of the film. */
const [sampleMs, frameMs] = [2000, 350]

async function make(lab: Lab): Promise<void> {
  const names = [...controlPlanes, ...workers]
  const nodes = await lab.startNodes(...names.map(name => ({ name, kubernetes: version })))
  const balancer = await lab.startBalancer(
    6443,
    controlPlanes.map(name => lab.node(name)),
  )
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 })
  const hosts = nodes.map(({ name, address }) => `Host ${name}\n  HostName ${address}\n  User root\n`)
  const keys = `Host *\n  IdentityFile ${lab.sshKeyPath}\n  UserKnownHostsFile ${lab.knownHostsPath}\n`
  await writeFile(join(home, '.ssh', 'config'), [...hosts, keys].join(''), { mode: 0o600 })
  const config = labKubeadmConfig({ version, controlPlaneEndpoint: balancer.endpoint })
  await writeFile(join(home, 'kadm.yaml'), config)
  await film(
    [
      shown('kadm init --host cp1 --config kadm.yaml --skip-phases preflight'),
      shown('kadm join --control-plane --host cp2 --host cp3 --from cp1 --skip-phases preflight'),
      shown('kadm join --host w1 --host w2 --from cp1 --skip-phases preflight'),
      'kadm kubeconfig fetch --host cp1 --to admin.conf --force >/dev/null 2>&1',
    ].join(' && '),
  )
  await lab.connectPods(lab.node('cp1'))
  const kubectl = join(await component('kubernetes', version), 'kubectl')
  const ready = 'wait --for=condition=Ready nodes --all --timeout=200s'
  await film(
    `export KUBECONFIG=admin.conf && ${kubectl} ${ready} >/dev/null && ${said('kubectl get nodes')} && ${kubectl} get nodes`,
  )
}

/** The shell that shows a command and runs it. What it answers, such as join commands with tokens, goes to a file. */
function shown(command: string): string {
  return `${said(command)} && ${command} >answer.txt && echo`
}

function said(command: string): string {
  return `printf '\\033[1m$ %s\\033[0m\\n' '${command}'`
}

async function film(session: string): Promise<void> {
  const start = (pieces.at(-1)?.ms ?? 0) - performance.now()
  const kadm = `kadm() { '${program}' "$@"; }`
  await writeFile(join(home, 'session.sh'), `cd '${home}'\n${kadm}\n${session}\n`)
  await record(`sh '${join(home, 'session.sh')}'`, size, {
    env: { HOME: home },
    onText: text => void pieces.push({ ms: performance.now() + start, text }),
  })
}

await buildProgram()
const lab = await startLab({ name: 'picture', versions: [version], most: { controlPlanes: 3, workers: 2 } })
try {
  await make(lab)
} finally {
  await lab.stop()
  await rm(home, { recursive: true, force: true })
}
const title = 'kadm brings up a cluster of three control planes and two workers'
const svg = svgOf(await filmOf(pieces, size, sampleMs), title, size, frameMs)
await mkdir(join(root, 'docs', 'images'), { recursive: true })
await writeFile(join(root, 'docs', 'images', 'five-nodes.svg'), svg)
console.log(`docs/images/five-nodes.svg: ${svg.length} bytes`)
