import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exec } from '../lab/exec.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { installDeb, installNewerDeb, newerVersion, packagesBind, rpmFile } from '../lab/packages.ts'
import { program } from '../lab/program.ts'
import { inLayers, shellsLayers } from '../lab/shells.ts'
import type { Answer } from './kadm.ts'
import { fileTree, kubectl } from './observe.ts'

/** Runs a bash script in a temporary copy of Debian that has the packages. */
async function inDebian(script: string): Promise<string> {
  const [file = '', ...args] = inLayers(await shellsLayers(), [await packagesBind()], ['bash', '-ec', script])
  return (await exec(file, args)).stdout
}

const ownVersion = async () => (await exec(program, ['version', '-o', 'json'])).stdout

describe('the RPM package', () => {
  it('the RPM package requires glibc and libstdc++ by the versions of their symbols', async () => {
    const lines = (await inDebian(`rpm -qp --requires ${rpmFile}`)).trim().split('\n')
    expect(lines.filter(line => !line.startsWith('rpmlib('))).toEqual([
      'libc.so.6(GLIBC_2.28)(64bit)',
      'libstdc++.so.6(CXXABI_1.3.11)(64bit)',
    ])
  })

  it('rpm installs an executable that starts, and removes every file and directory of it', async () => {
    // Debian's libraries are not in the database of rpm, and two directories are not on Debian.
    const steps = [
      'mkdir -p /usr/share/licenses /usr/share/zsh/site-functions',
      'find /usr /etc /var/lib -not -path "*rpm*" | sort >/tmp/before',
      `rpm -i --force-debian --nodeps ${rpmFile}; kadm version -o json; rpm -V --nodeps kadm`,
      'rpm -e --force-debian kadm; find /usr /etc /var/lib -not -path "*rpm*" | sort | diff /tmp/before -',
    ]
    expect(await inDebian(steps.join('\n'))).toBe(await ownVersion())
  })
})

describe('the Debian package', () => {
  it('man finds the pages of the Debian package', async () => {
    const shown = await inDebian(`${installDeb}; man kadm | head -n 4; man kadm-init-phase | head -n 4`)
    expect(shown).toMatch(/^ +kadm - \w[\s\S]*^ +kadm-init-phase - \w/m)
  })

  it('the installed executable has the files of the Debian package alone', async () => {
    const listed = await inDebian(`${installDeb}; dpkg -L kadm | grep -v "/man1/"`)
    expect(listed.split('\n').filter(path => /\/_?kadm[^/]*$|\/kadm\//.test(path))).toEqual([
      '/usr/bin/kadm',
      '/usr/share/bash-completion/completions/kadm',
      '/usr/share/doc/kadm',
      '/usr/share/doc/kadm/changelog.gz',
      '/usr/share/doc/kadm/copyright',
      '/usr/share/doc/kadm/kadm.cdx.json',
      '/usr/share/fish/vendor_completions.d/kadm.fish',
      '/usr/share/zsh/vendor-completions/_kadm',
    ])
  })
})

describe('the Debian package on a node', () => {
  const init = ['init', '--config', '/root/init.yaml', '-o', 'json', '--progress', 'plain']
  let lab: Lab
  let node: LabNode
  beforeAll(async () => {
    lab = await startLab({ name: 'packages', most: { controlPlanes: 1, workers: 0 } })
    node = await lab.startNode({ name: 'cp1', binds: [await packagesBind()] })
    await node.writeFile('/root/init.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
  })
  afterAll(() => lab?.stop())

  const kadm = async (args: readonly string[]) =>
    JSON.parse((await node.run(['kadm', ...args], { timeoutMs: 290_000 })).stdout) as Answer

  it('init of the installed package creates a control plane', async () => {
    await node.run(installDeb)
    expect((await kadm(init)).joinCommands).toHaveLength(1)
  })

  it('sudo -E of a user with hostile variables and a hostile directory runs the same kadm', async () => {
    const script = [
      'cd /home/ops; mkdir -p node_modules/fs; echo "{}" >package.json',
      "echo \"require('node:fs').writeFileSync('/tmp/pwned', '')\" | tee evil.cjs kadm.cjs >node_modules/fs/index.js",
      'chown -R ops: .; export NODE_OPTIONS="--require ./evil.cjs" NODE_PATH=/home/ops NODE_V8_COVERAGE=/tmp/coverage',
      'kadm=$(runuser -u ops -- sudo -E kadm version -o json); echo "$kadm"; ls /tmp; rm -r *',
    ]
    const { stdout } = await node.run(script.join('\n'))
    expect(stdout).toBe((await node.run('kadm version -o json; ls /tmp')).stdout)
    expect(stdout).not.toMatch(/pwned|coverage/)
  })

  it('an upgrade of the package changes nothing of the control plane', async () => {
    const before = await fileTree(node)
    await node.run(installNewerDeb)
    expect((await node.run(['dpkg-query', '-W', 'kadm'])).stdout).toBe(`kadm\t${newerVersion}-1\n`)
    expect((await kadm(init)).changes).toEqual([])
    expect(await fileTree(node)).toEqual(before)
  })

  it('a purge of the package removes its files and leaves the control plane', async () => {
    await node.run(['dpkg', '--purge', 'kadm'])
    // The records of runs belong to the node.
    expect(await filesNamedKadm()).toEqual(['/var/lib/kadm'])
    expect(await kubectl(node, 'get nodes -o name')).toBe('node/cp1\n')
  })

  it('reset and a purge of the package leave no file of kadm', async () => {
    await node.run(installDeb)
    await kadm(['reset', '-f', '-o', 'json', '--progress', 'plain'])
    expect((await node.run('ls /etc/kubernetes/manifests')).stdout).toBe('')
    await node.run(['dpkg', '--purge', 'kadm'])
    expect(await filesNamedKadm()).toEqual([])
  })

  async function filesNamedKadm(): Promise<readonly string[]> {
    // The lab's own mount point is on every node.
    const { stdout } = await node.run("find / -xdev -name '*kadm*' -prune -not -path /opt/kadm")
    return stdout.split('\n').filter(path => path !== '')
  }
})
