import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exec } from '../exec.ts'
import { labSource } from '../paths.ts'

/** How one Go module's commands are built: `commands` maps a binary's name to its package. */
export interface GoBuild {
  module: string
  version: string
  commands: Record<string, string>
  cgo?: boolean
  tags?: string
  ldflags?: string
}

/** Builds a module's commands, fetched through the Go module proxy, statically into `outDir`. */
export async function goBuild(build: GoBuild, workDir: string, outDir: string): Promise<void> {
  mkdirSync(workDir, { recursive: true })
  const { Dir: source } = await download(build.module, build.version)
  writeFileSync(join(workDir, 'go.mod'), moduleFor(source, build.module, build.version))
  if (existsSync(join(source, 'go.sum'))) await copyFile(join(source, 'go.sum'), join(workDir, 'go.sum'))
  for (const [name, pkg] of Object.entries(build.commands)) {
    const args = ['build', '-trimpath', '-ldflags', `-s -w ${build.ldflags ?? ''}`, '-o', join(outDir, name)]
    if (build.tags) args.push('-tags', build.tags)
    await go([...args, pkg], workDir, { CGO_ENABLED: build.cgo ? '1' : '0', GOFLAGS: '-mod=mod' })
  }
}

/** Builds the lab's own small program from `build/<name>/` statically to `outFile`. */
export async function goBuildOwn(name: string, workDir: string, outFile: string): Promise<void> {
  mkdirSync(workDir, { recursive: true })
  await copyFile(join(labSource, 'build', name, 'main.go'), join(workDir, 'main.go'))
  writeFileSync(join(workDir, 'go.mod'), `module lab/${name}\ngo 1.21\n`)
  await go(['build', '-trimpath', '-ldflags', '-s -w', '-o', outFile, '.'], workDir, { CGO_ENABLED: '0' })
}

/** Builds every Kubernetes program of `version` (with "v") into one binary, `outDir`/hyperkube. */
export function buildHyperkube(version: string, workDir: string, outDir: string): Promise<void> {
  const main = join(labSource, 'build', 'hyperkube', 'main.go')
  return buildOnKubernetes(main, version, workDir, join(outDir, 'hyperkube'))
}

/** Builds a program of our own that calls code of Kubernetes `version` (with "v"). */
export async function buildOnKubernetes(main: string, version: string, workDir: string, out: string): Promise<void> {
  mkdirSync(workDir, { recursive: true })
  const { Dir: source } = await download('k8s.io/kubernetes', version)
  writeFileSync(join(workDir, 'go.mod'), moduleFor(source, 'k8s.io/kubernetes', version))
  await copyFile(join(source, 'go.sum'), join(workDir, 'go.sum'))
  await copyFile(main, join(workDir, 'main.go'))
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? []
  const base = 'k8s.io/component-base/version'
  const stamps = {
    [`${base}.gitVersion`]: version,
    [`${base}.gitMajor`]: major,
    [`${base}.gitMinor`]: minor,
    [`${base}.gitTreeState`]: 'clean',
    'k8s.io/client-go/pkg/version.gitVersion': version,
  }
  const ldflags = ['-s -w', ...Object.entries(stamps).map(([name, value]) => `-X ${name}=${value}`)].join(' ')
  await go(['build', '-trimpath', '-ldflags', ldflags, '-o', out, '.'], workDir, {
    CGO_ENABLED: '0',
    GOFLAGS: '-mod=mod',
  })
}

/**
 * The go.mod of a throw-away module that builds with exactly the dependencies of `module`.
 * A replacement by a directory of the same repository cannot be fetched, so it becomes the published module of the same
 * release: Kubernetes publishes its staging modules as v0.<minor>.<patch>.
 */
function moduleFor(source: string, module: string, version: string): string {
  const text = readFileSync(join(source, 'go.mod'), 'utf8')
  const published = module === 'k8s.io/kubernetes' ? version.replace(/^v1\./, 'v0.') : version
  const lines = ['module lab/build', `require ${module} ${version}`]
  let block = ''
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    const opened = /^(require|replace|exclude|retract|tool|ignore)\s*\($/.exec(line)
    if (opened) block = opened[1] ?? ''
    else if (line === ')') block = ''
    else if (/^(go|godebug)\s/.test(line)) lines.push(line)
    else {
      const single = /^(require|replace|exclude)\s+(.*)$/.exec(line)
      const [kind, rest] = block ? [block, line] : single ? [single[1] ?? '', single[2] ?? ''] : ['', '']
      if (!rest || rest.startsWith('//')) continue
      if (kind === 'require') lines.push(`require ${rest.replace(/ v0\.0\.0( |$)/, ` ${published}$1`)}`)
      if (kind === 'exclude') lines.push(`exclude ${rest}`)
      // A directory replacement of a module that nothing requires forbids the module, as in etcd.
      if (kind === 'replace' && (!/=> \.\.?\//.test(rest) || text.includes(`${rest.split(' ')[0]} v`)))
        lines.push(`replace ${rest.replace(/^(\S+)(?: \S+)? => \.\.?\/.*$/, `$1 => $1 ${published}`)}`)
    }
  }
  return `${lines.join('\n')}\n`
}

async function download(module: string, version: string): Promise<{ Dir: string }> {
  const { stdout } = await go(['mod', 'download', '-json', `${module}@${version}`], labSource, { GOFLAGS: '-mod=mod' })
  return JSON.parse(stdout) as { Dir: string }
}

async function go(args: string[], cwd: string, env: Record<string, string>) {
  try {
    return await exec('go', args, { cwd, env: { ...process.env, GOWORK: 'off', ...env } })
  } catch (error) {
    if (/ENOENT/.test(String(error)))
      throw new Error(
        'Go is not installed, and the kit has no ready build of this component: install Go or set KADM_LAB_KIT',
      )
    throw error
  }
}
