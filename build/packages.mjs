// npm run build:packages [-- OPTION]...: --target linux-x64|linux-arm64, --format deb|rpm, --version VERSION, --out
// DIRECTORY. It makes a Debian and an RPM package of each executable for Linux in dist, and an archive of the man pages. The same executable, version and
// SOURCE_DATE_EPOCH give the same bytes.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { dist, sourceTime, writeSums } from './artefacts.ts'

/** The last release of nfpm of which the Go module proxy has all modules. */
const nfpmVersion = 'v2.45.0'
const architectures = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' }
const shells = ['bash', 'zsh', 'fish']
const more =
  'One executable that needs no other runtime. It creates, joins, checks and resets nodes on this host, or on many hosts over SSH.'
const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
const { version, description } = JSON.parse(readFileSync(at('package.json'), 'utf8'))

/** What differs between the two formats. RPM finds a library by what it offers: its package has several names. */
const forFormat = {
  deb: {
    depends: ['libc6 (>= 2.28)', 'libstdc++6 (>= 7)'],
    suggests: ['kubelet', 'containerd | containerd.io | cri-o'],
    deb: { compression: 'gzip' },
  },
  rpm: {
    depends: ['libc.so.6(GLIBC_2.28)(64bit)', 'libstdc++.so.6(CXXABI_1.3.11)(64bit)'],
    suggests: ['kubelet', 'containerd'],
    rpm: { compression: 'gzip', buildhost: 'kadm', summary: description },
  },
}

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    format: { type: 'string', multiple: true },
    version: { type: 'string' },
    out: { type: 'string' },
  },
})
const out = values.out ?? dist
const wanted = wantedTargets()
const nfpm = installedNfpm()
const env = { ...process.env, SOURCE_DATE_EPOCH: String(sourceTime()), TZ: 'UTC' }
const stage = mkdtempSync(join(tmpdir(), 'kadm-packages-'))
try {
  writeTexts()
  archiveMan()
  for (const target of wanted) for (const format of values.format ?? Object.keys(forFormat)) makePackage(target, format)
} finally {
  rmSync(stage, { recursive: true })
}
if (out === dist) writeSums()

function wantedTargets() {
  const built = target => existsSync(join(dist, `kadm-${target}`))
  const targets = values.target ?? Object.keys(architectures).filter(built)
  if (targets.length === 0) throw new Error('dist has no executable for Linux: run npm run build:binary')
  for (const target of targets) {
    if (!(target in architectures)) throw new Error(`a package for ${target} cannot be built`)
    if (!built(target))
      throw new Error(`dist/kadm-${target} does not exist: run npm run build:binary -- --target ${target}`)
  }
  return targets
}

/** The path of nfpm, built once by Go, which checks its modules against the checksum database. */
function installedNfpm() {
  const directory = at(`node_modules/.cache/nfpm-${nfpmVersion}`)
  const program = join(directory, 'nfpm')
  if (existsSync(program)) return program
  const options = { env: { ...process.env, GOBIN: directory }, stdio: ['ignore', 'inherit', 'inherit'] }
  const { error, status } = spawnSync(
    'go',
    ['install', `github.com/goreleaser/nfpm/v2/cmd/nfpm@${nfpmVersion}`],
    options,
  )
  if (error !== undefined) throw new Error(`nfpm is built with Go: install Go 1.26 or newer (${error.message})`)
  if (status !== 0) throw new Error(`Go cannot build nfpm ${nfpmVersion}: see its message above`)
  return program
}

/** Writes what every package has in addition to its executable: man pages, completion scripts, changes. */
function writeTexts() {
  const man = join(stage, 'man')
  execFileSync(process.execPath, [at('build/man.ts'), man], { env })
  for (const page of readdirSync(man)) {
    writeFileSync(join(man, `${page}.gz`), gzipSync(readFileSync(join(man, page)), { level: 9 }))
    rmSync(join(man, page))
  }
  mkdirSync(join(stage, 'completion'))
  for (const shell of shells) {
    const script = execFileSync(process.execPath, [at('dist/kadm.cjs'), 'completion', shell])
    writeFileSync(join(stage, 'completion', shell), script)
  }
  writeFileSync(join(stage, 'changelog.gz'), gzipSync(readFileSync(at('CHANGELOG.md')), { level: 9 }))
}

/** The man pages alone, for hosts where the executable is installed by hand. */
function archiveMan() {
  const same = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
    `--mtime=@${sourceTime()}`,
  ]
  const archive = execFileSync('tar', ['-C', stage, ...same, '-c', 'man'], { maxBuffer: 100_000_000 })
  writeFileSync(join(out, `kadm-${values.version ?? version}-man.tar.gz`), gzipSync(archive, { level: 9 }))
}

function makePackage(target, format) {
  const settings = {
    name: 'kadm',
    version: values.version ?? version,
    release: '1',
    arch: architectures[target],
    platform: 'linux',
    section: 'admin',
    priority: 'optional',
    maintainer: 'The kadm authors',
    description: `${description}\n${more}`,
    license: 'Apache-2.0',
    mtime: new Date(sourceTime() * 1000).toISOString(),
    ...forFormat[format],
    contents: contents(target, format),
  }
  const config = join(stage, 'nfpm.json')
  writeFileSync(config, JSON.stringify(settings))
  execFileSync(nfpm, ['package', '--config', config, '--packager', format, '--target', out], { env, stdio: 'pipe' })
}

/** The files and own directories of a package. Neither format has a script or a configuration file: removal leaves nothing of kadm. */
function contents(target, format) {
  const file = (src, dst, rest = {}) => ({ src, dst, file_info: { mode: 0o644 }, ...rest })
  const man = join(stage, 'man')
  const licences = join(dist, `kadm-${target}.licenses.txt`)
  const zsh = format === 'deb' ? 'vendor-completions' : 'site-functions'
  const completion = name => join(stage, 'completion', name)
  return [
    { src: join(dist, `kadm-${target}`), dst: '/usr/bin/kadm', file_info: { mode: 0o755 } },
    ...readdirSync(man).map(page => file(join(man, page), `/usr/share/man/man1/${page}`)),
    file(completion('bash'), '/usr/share/bash-completion/completions/kadm'),
    file(completion('zsh'), `/usr/share/zsh/${zsh}/_kadm`),
    file(completion('fish'), '/usr/share/fish/vendor_completions.d/kadm.fish'),
    { dst: '/usr/share/doc/kadm', type: 'dir', file_info: { mode: 0o755 } },
    file(join(dist, `kadm-${target}.cdx.json`), '/usr/share/doc/kadm/kadm.cdx.json'),
    file(join(stage, 'changelog.gz'), '/usr/share/doc/kadm/changelog.gz'),
    ...(format === 'deb'
      ? [file(licences, '/usr/share/doc/kadm/copyright')]
      : [
          { dst: '/usr/share/licenses/kadm', type: 'dir', file_info: { mode: 0o755 } },
          file(licences, '/usr/share/licenses/kadm/LICENSES', { type: 'license' }),
        ]),
  ]
}
