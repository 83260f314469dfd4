// Bundles src/cli/main.ts and all it needs into dist/kadm.cjs, the one file that bin/kadm.js starts.
// CommonJS, because then Node's own modules are loaded only by the command that needs them: 20 ms at every start.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'

const bundle = fileURLToPath(new URL('dist/kadm.cjs', import.meta.url))
const cache = `${bundle}.cache`

if (process.argv[2] === '--cache') makeCache()
else await makeBundle()

async function makeBundle() {
  const { build } = await import('esbuild')
  const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
  rmSync(cache, { force: true })
  await build({
    entryPoints: ['src/cli/main.ts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    minifyWhitespace: true,
    legalComments: 'linked',
    // Optional native speed-ups of ssh2: absent, its own JavaScript is used.
    external: ['cpu-features', '*.node'],
    banner: { js: 'const kadmUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { KADM_VERSION: JSON.stringify(version), 'import.meta.url': 'kadmUrl', 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  })
  const made = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--cache'], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(`the code cache cannot be made:\n${made.stderr}`)
}

/** Keeps the code that V8 makes of the bundle while it makes certificates: a third of a start's time. */
function makeCache() {
  const dir = mkdtempSync(join(tmpdir(), 'kadm-build-'))
  const script = new Script(Module.wrap(readFileSync(bundle, 'utf8')), { filename: bundle })
  const words = ['init', 'phase', 'certs', 'all', '--kubernetes-version', 'v1.37.2', '--cert-dir', join(dir, 'pki')]
  process.argv = [process.execPath, bundle, ...words]
  process.on('exit', () => {
    writeFileSync(cache, script.createCachedData())
    rmSync(dir, { recursive: true })
    // How the run itself ended does not matter.
    process.exitCode = 0
  })
  const module = { exports: {} }
  script.runInThisContext().call(module.exports, module.exports, createRequire(bundle), module, bundle, dirname(bundle))
}
