import { spawn } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { component } from './components.ts'
import { type Lab, removeLab, startLab } from './lab.ts'
import { labKubeadmConfig } from './oracle.ts'
import { cacheDir } from './paths.ts'
import { prepare } from './prepare.ts'
import { missingPrerequisites } from './prerequisites.ts'
import { buildProgram, program } from './program.ts'

/** `npm run demo`: two real nodes on this host, and a cluster on them created over SSH. `-- down` removes it. */
const name = 'demo'
const version = 'v1.37.2'
const dir = join(cacheDir, 'demo')

async function up(): Promise<void> {
  const missing = await missingPrerequisites()
  if (missing.length > 0) throw new Error(missing.join('\n'))
  say('preparing the nodes: seconds when all is cached; the first time about 2 minutes, or 11 when the components')
  say('have to be built from source. Debian packages that are missing are installed with apt-get, and named.')
  await prepare([version])
  say('building the executable')
  await buildProgram()
  await down()
  say('booting two nodes')
  removeWhenStopped()
  const lab = await startLab({ name, detached: true, versions: [version], most: { controlPlanes: 1, workers: 1 } })
  try {
    await makeCluster(lab)
  } catch (error) {
    say('the demo failed; removing its nodes')
    await removeLab(name)
    throw error
  }
}

async function makeCluster(lab: Lab): Promise<void> {
  const [cp, worker] = await lab.startNodes({ name: 'cp1', kubernetes: version }, { name: 'w1', kubernetes: version })
  if (cp === undefined || worker === undefined) throw new Error('the lab gave no nodes')
  await settle(lab)
  const config = join(dir, 'kadm.yaml')
  await writeFile(config, labKubeadmConfig({ version }))
  await run('kadm', program, ['init', '--host', cp.ssh(), '--config', config])
  const ignore = ['--ignore-preflight-errors', 'SystemVerification']
  await run('kadm', program, ['join', '--host', worker.ssh('ops'), '--from', cp.ssh(), ...ignore])
  const kubeconfig = join(dir, 'admin.conf')
  await run('kadm', program, ['kubeconfig', 'fetch', '--host', cp.ssh(), '--to', kubeconfig, '--force'])
  const kubectl = join(await component('kubernetes', version), 'kubectl')
  const env = { KUBECONFIG: kubeconfig }
  await run('kubectl', kubectl, ['wait', '--for=create', 'node/w1', '--timeout=60s'], env)
  say('giving the pods a network, as a CNI plugin would')
  await lab.connectPods(cp)
  await run('kubectl', kubectl, ['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=120s'], env)
  await run('kubectl', kubectl, ['get', 'nodes', '-o', 'wide'], env)
  say('use it:')
  console.log(`  export KUBECONFIG=${kubeconfig}\n  ${kubectl} get pods -A\n  node test/lab/cli.ts shell ${name} cp1`)
  say('remove it:')
  console.log('  npm run demo -- down')
}

/** SSH settings of the demo, so that ~/.ssh is not changed. */
async function settle(lab: Lab): Promise<void> {
  await mkdir(join(dir, '.ssh'), { recursive: true, mode: 0o700 })
  const lines = ['Host *', `  IdentityFile ${lab.sshKeyPath}`, `  UserKnownHostsFile ${lab.knownHostsPath}`]
  await writeFile(join(dir, '.ssh', 'config'), `${lines.join('\n')}\n`, { mode: 0o600 })
}

async function down(): Promise<void> {
  await removeLab(name)
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true, mode: 0o700 })
}

function run(label: string, program: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  console.log(`\n$ ${label} ${args.join(' ')}`)
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, HOME: dir, ...env } })
    child.on('error', reject)
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`${label} ${args[0]} exited ${code}`))))
  })
}

/** Ctrl-C leaves nothing behind. */
function removeWhenStopped(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('stopped; removing the nodes')
      removeLab(name).finally(() => process.exit(130))
    })
  }
}

function say(text: string): void {
  console.log(`[demo] ${text}`)
}

try {
  if (process.argv[2] === 'down') {
    await removeLab(name)
    await rm(dir, { recursive: true, force: true })
    say('removed')
  } else await up()
} catch (error) {
  console.error(`[demo] ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
