// Bundles src/cli/main.ts and all that it needs into dist/kadm.cjs, which bin/kadm.js and the executable start.
// CommonJS, because then Node's own modules are loaded only by the command that needs them: 20 ms at every start.
import childProcess, { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))
const self = fileURLToPath(import.meta.url)
const bundle = at('dist/kadm.cjs')
const cache = `${bundle}.cache`

/**
 * V8's options while it makes the cache. With them the same bundle gives the same bytes: strings are ordered by a fixed
 * hash, and no function is optimised or thrown away by a timer.
 */
const steady = [
  '--hash-seed=1',
  '--no-flush-bytecode',
  '--single-threaded',
  '--no-opt',
  '--no-sparkplug',
  '--no-maglev',
]

/** Writes dist/kadm.cjs and its code cache; returns esbuild's list of the files inside. */
export async function makeBundle() {
  const { build } = await import('esbuild')
  const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'))
  rmSync(cache, { force: true })
  const { metafile } = await build({
    entryPoints: [at('src/cli/main.ts')],
    absWorkingDir: at('.'),
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node22.13',
    format: 'cjs',
    minifyWhitespace: true,
    legalComments: 'none',
    metafile: true,
    // Optional native code of ssh2: without it, ssh2 uses its own JavaScript.
    external: ['cpu-features', '*.node'],
    banner: { js: 'const kadmUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: {
      KADM_VERSION: JSON.stringify(version),
      KADM_COMMIT: JSON.stringify(commit()),
      'import.meta.url': 'kadmUrl',
      'import.meta.dirname': '__dirname',
    },
    logLevel: 'warning',
  })
  // With one thread, keys and files are ready in the same order each time, and functions are compiled in that order.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
  const made = spawnSync(process.execPath, [...steady, self, '--cache'], { encoding: 'utf8', env })
  if (made.status !== 0) throw new Error(`the code cache cannot be made:\n${made.stderr}`)
  acceptCache()
  return metafile
}

/** The commit of the sources; unknown outside a checkout. */
function commit() {
  const git = (...words) => spawnSync('git', words, { cwd: at('.'), encoding: 'utf8' })
  const head = git('rev-parse', 'HEAD')
  if (head.status !== 0) return 'unknown'
  return head.stdout.trim() + (git('status', '--porcelain').stdout === '' ? '' : '-dirty')
}

/**
 * Keeps the code that V8 makes of the bundle while a dry run makes certificates: a third of a start's time. The run is
 * the same on every machine: fixed names and addresses, no facts about the machine, and no RSA, whose search for primes
 * takes different ways.
 */
function makeCache() {
  const dir = mkdtempSync(join(tmpdir(), 'kadm-build-'))
  writeFileSync(join(dir, 'kadm.yaml'), exercise)
  const script = new Script(Module.wrap(readFileSync(bundle, 'utf8')), { filename: 'kadm.cjs' })
  const words = [
    'init',
    'phase',
    'certs',
    'all',
    '--dry-run',
    '--progress',
    'quiet',
    '--config',
    join(dir, 'kadm.yaml'),
  ]
  process.argv = [process.execPath, bundle, ...words]
  childProcess.spawn = silentChild
  process.on('exit', () => {
    writeFileSync(cache, script.createCachedData())
    rmSync(dir, { recursive: true })
  })
  const module = { exports: {} }
  script.runInThisContext().call(module.exports, module.exports, createRequire(bundle), module, bundle, dirname(bundle))
}

/**
 * A command that prints nothing and succeeds. Real ones end in a different order each time, and report what differs
 * between machines; V8 numbers functions in the order in which they first run.
 */
function silentChild(file, args, { stdio }) {
  const child = new childProcess.ChildProcess()
  const [stdin, stdout, stderr] = [
    stdio[0] === 'pipe' ? new PassThrough().resume() : null,
    new PassThrough(),
    new PassThrough(),
  ]
  Object.assign(child, { spawnfile: file, spawnargs: args, stdin, stdout, stderr, stdio: [stdin, stdout, stderr] })
  setImmediate(() => {
    child.emit('spawn')
    stdout.end()
    stderr.end()
    child.emit('exit', 0, null)
    setImmediate(() => child.emit('close', 0, null))
  })
  return child
}

const exercise = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: { advertiseAddress: 192.0.2.10 }
nodeRegistration: { name: cp1 }
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
encryptionAlgorithm: ECDSA-P256
`

/** V8 refuses a cache of other options by their hash in the header; these options change no bytecode. */
function acceptCache() {
  const flagHash = [12, 16]
  const bytes = readFileSync(cache)
  new Script('0').createCachedData().copy(bytes, flagHash[0], ...flagHash)
  writeFileSync(cache, bytes)
  const options = { filename: 'kadm.cjs', cachedData: bytes }
  if (new Script(Module.wrap(readFileSync(bundle, 'utf8')), options).cachedDataRejected)
    throw new Error('V8 refuses the code cache that it made')
}

if (process.argv[2] === '--cache') makeCache()
else if (process.argv[1] === self) await makeBundle()
