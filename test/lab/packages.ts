import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bind } from './boot.ts'
import { exec } from './exec.ts'
import { withLock } from './lock.ts'
import { program, root } from './program.ts'
import { digest } from './rootfs.ts'

const directory = join(root, 'dist', 'packages-for-tests')
const onNode = '/opt/packages'

/** The version of the second Debian package, which has the same executable. */
export const newerVersion = '99.0.0'

/** Commands of bash on a node, or in the layers of the shells, that has `packagesBind`. */
export const installDeb = `dpkg -i ${onNode}/own/*.deb >/dev/null`
export const installNewerDeb = `dpkg -i ${onNode}/newer/*.deb >/dev/null`
export const rpmFile = `${onNode}/own/*.rpm`

/** Returns the directory with the packages of the executable, after it has built them: once for an executable. */
export async function packagesBind(): Promise<Bind> {
  const sums = readFileSync(join(root, 'dist', 'SHA256SUMS'), 'utf8')
  const builder = readFileSync(join(root, 'build', 'packages.mjs'), 'utf8')
  const made = join(directory, digest([program, sums, builder]))
  await withLock('packages', async () => {
    if (existsSync(join(made, 'newer'))) return
    await rm(directory, { recursive: true, force: true })
    await buildPackages(join(made, 'own'), [])
    // Last, because it shows that all are complete.
    await buildPackages(join(made, 'partial'), ['--format', 'deb', '--version', newerVersion])
    await exec('mv', [join(made, 'partial'), join(made, 'newer')])
  })
  return { from: made, to: onNode }
}

/** Builds the packages for this host's processor into a new directory. */
export async function buildPackages(out: string, options: readonly string[]): Promise<void> {
  await mkdir(out, { recursive: true })
  const target = `${process.platform}-${process.arch}`
  await exec(process.execPath, ['build/packages.mjs', '--target', target, '--out', out, ...options], { cwd: root })
}
