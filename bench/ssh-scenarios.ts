import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Here, kadmHere } from '../test/e2e/kadm.ts'
import { exec } from '../test/lab/exec.ts'
import type { Lab } from '../test/lab/lab.ts'
import { labKubeadmConfig } from '../test/lab/oracle.ts'
import { type Scenario, succeed } from './measure.ts'
import { freshNode } from './on-nodes.ts'
import { peakMemory } from './peak-memory.ts'

const ports = Array.from({ length: 50 }, (_, index) => 2201 + index)

/** The operator, created by `setUp` and removed with the lab. */
let here: Here | undefined
const operator = (): Here => {
  if (here === undefined) throw new Error('the operator is not set up')
  return here
}
const program = () => join(operator().home, 'many-hosts.cjs')

/** Starts 50 sshds on a node. Each has its own process namespace, so that kadm sees 50 hosts. */
async function startServers(lab: Lab): Promise<void> {
  const node = lab.node('node')
  const start =
    'unshare --pid --fork --mount-proc /usr/sbin/sshd -D -p $port -o PidFile=none </dev/null >/dev/null 2>&1 & true'
  const listens = 'until (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.1; done'
  for (const each of [start, listens]) await succeed(node, `for port in ${ports.join(' ')}; do ${each}; done`)
  const settings = `Host *\n  IdentityFile ${lab.sshKeyPath}\n  UserKnownHostsFile ${lab.knownHostsPath}.50\n`
  here = await kadmHere(lab, settings)
  const known = ports.map(port => `[${node.address}]:${port} ${node.hostPublicKey}\n`)
  await writeFile(`${lab.knownHostsPath}.50`, known.join(''))
}

/** 50 parallel ssh(1) that run `true`. */
async function sshTrue(lab: Lab): Promise<void> {
  const { home } = operator()
  const { address } = lab.node('node')
  const env = { PATH: process.env.PATH, HOME: home }
  const config = join(home, '.ssh', 'config')
  await Promise.all(
    ports.map(port => exec('ssh', ['-F', config, '-p', String(port), `root@${address}`, 'true'], { env })),
  )
}

const specs = (lab: Lab) => ports.map(port => `root@${lab.node('node').address}:${port}`)

/** 50 sshds with one command each. Fifty parallel ssh(1) are in kubeadm's column. */
export const ssh50: Scenario = {
  name: 'ssh-50',
  title: '`true` on 50 hosts over SSH: 50 parallel `ssh` (in place of kubeadm), one process of kadm',
  target: 1.2,
  async setUp(lab) {
    await lab.startNode({ name: 'node' })
    await startServers(lab)
    await build({
      entryPoints: [join(import.meta.dirname, 'many-hosts.ts')],
      outfile: program(),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['cpu-features', '*.node'],
      logLevel: 'warning',
    })
  },
  async prepare(lab, tool) {
    const env = { PATH: process.env.PATH, HOME: operator().home }
    const kadm = () => exec(process.execPath, [program(), ...specs(lab)], { env })
    return { run: async () => void (await (tool === 'kadm' ? kadm() : sshTrue(lab))) }
  },
}

let memory = 0

/** The certificates of 50 control planes: 50 sshds that share the files and the servers of one. */
export const check50: Scenario = {
  name: 'check-50',
  title: '50 parallel `ssh HOST true` (in place of kubeadm), `kadm certs check-expiration` of the 50 hosts',
  target: 1.3,
  remark: ({ work }) =>
    `50 hosts: kadm and the hosts together work ${((work / 50) * 1000).toFixed(0)} ms for each host, and kadm uses ${memory} MB of memory at most.`,
  async setUp(lab) {
    const { node } = await freshNode(lab, 'node')
    await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
    await succeed(node, '/usr/bin/kubeadm init --config /root/init.yaml')
    await startServers(lab)
  },
  async prepare(lab, tool) {
    if (tool === 'kubeadm') return { run: async () => void (await sshTrue(lab)) }
    const args = ['certs', 'check-expiration', '-o', 'json', ...specs(lab).flatMap(spec => ['--host', spec])]
    return {
      async run() {
        const measured = peakMemory()
        const { code, stdout, stderr } = await operator().run(args, { onStart: measured.watch })
        memory = Math.max(memory, measured.megabytes())
        const { certificates } = JSON.parse(stdout) as { certificates: readonly { missing: boolean }[] }
        if (code !== 0 || certificates.length !== 50 * 11) throw new Error(`${certificates.length} rows\n${stderr}`)
        return undefined
      },
    }
  },
}
