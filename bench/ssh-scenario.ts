import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { kadmHere } from '../test/e2e/kadm.ts'
import { exec } from '../test/lab/exec.ts'
import type { Scenario } from './measure.ts'

const ports = Array.from({ length: 50 }, (_, index) => 2201 + index)

/** The operator's home, created by `setUp` and removed with the lab. */
let home = ''
const program = () => join(home, 'many-hosts.cjs')

/** 50 sshds with one command each. Fifty parallel ssh(1) are in kubeadm's column. */
export const ssh50: Scenario = {
  name: 'ssh-50',
  title: '`true` on 50 hosts over SSH: 50 parallel `ssh` (in place of kubeadm), one process of kadm',
  target: 1.2,
  async setUp(lab) {
    const node = await lab.startNode({ name: 'node' })
    await node.run(`for port in ${ports.join(' ')}; do /usr/sbin/sshd -p $port -o PidFile=none; done`)
    const settings = `Host *\n  IdentityFile ${lab.sshKeyPath}\n  UserKnownHostsFile ${lab.knownHostsPath}.50\n`
    home = (await kadmHere(lab, settings)).home
    const known = ports.map(port => `[${node.address}]:${port} ${node.hostPublicKey}\n`)
    await writeFile(`${lab.knownHostsPath}.50`, known.join(''))
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
    const { address } = lab.node('node')
    const env = { PATH: process.env.PATH, HOME: home }
    const config = join(home, '.ssh', 'config')
    const ssh = (port: number) => exec('ssh', ['-F', config, '-p', String(port), `root@${address}`, 'true'], { env })
    const kadm = () => exec(process.execPath, [program(), ...ports.map(port => `root@${address}:${port}`)], { env })
    return { run: async () => void (await (tool === 'kadm' ? kadm() : Promise.all(ports.map(ssh)))) }
  },
}
