// npm run build:binary [-- --target OS-ARCH]... [--node FILE]: one file that runs kadm, for hosts without Node.
// It is Node's single executable application: the pinned Node, with the bundle and its code cache inside.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import Module from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import postject from 'postject'
import { dist, writeSums } from './artefacts.ts'
import { makeBundle } from './bundle.mjs'
import { billOfMaterials, licences } from './contents.mjs'
import { givenNode, nodeFor, pinnedNode } from './runtime.mjs'
import { stripElf } from './strip-elf.mjs'

const targets = ['linux-x64', 'linux-arm64', 'darwin-arm64']
const here = `${process.platform}-${process.arch}`

/**
 * Node's options inside: no inspector on SIGUSR1, no configuration of OpenSSL, no certificates but the bundled ones; room
 * for all objects of a short command, so that none is copied by the garbage collector.
 */
const execArgv = ['--disable-sigusr1', '--openssl-config=/dev/null', '--use-bundled-ca', '--min-semi-space-size=16']

/**
 * Before the first line of start.cjs, which drops all variables of Node, it makes the directories that the first two of
 * these name, ends because of the third, and writes to the open file that the others name.
 */
const early = [
  'NODE_V8_COVERAGE',
  'NODE_COMPILE_CACHE',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_CHANNEL_FD',
  'NODE_UNIQUE_ID',
]

const { values } = parseArgs({ options: { target: { type: 'string', multiple: true }, node: { type: 'string' } } })
const wanted = values.target ?? [here]
for (const target of wanted) {
  if (!targets.includes(target)) throw new Error(`--target ${target} is not supported; choose ${targets.join(', ')}`)
}
if (process.versions.node !== pinnedNode())
  throw new Error(
    `the executable is built with Node ${pinnedNode()}, and this is ${process.versions.node}: use npm run`,
  )

const metafile = await makeBundle()
for (const target of wanted) await makeBinary(target)
writeSums()

/** Writes dist/kadm-OS-ARCH, its bill of materials and the licences of all that is inside. */
async function makeBinary(target) {
  const node = values.node === undefined ? nodeFor(target) : givenNode(values.node)
  const file = join(dist, `kadm-${target}`)
  const temporary = `${file}.tmp`
  const program = target.startsWith('linux') ? stripElf(node.binary) : node.binary
  writeFileSync(temporary, withoutEarlyVariables(program))
  await inject(temporary, target)
  chmodSync(temporary, 0o755)
  renameSync(temporary, file)
  writeFileSync(`${file}.cdx.json`, billOfMaterials(metafile, target))
  writeFileSync(`${file}.licenses.txt`, licences(metafile, node.licence))
  console.log(`dist/kadm-${target}: ${Math.round(readFileSync(file).length / 1e6)} MB`)
}

async function inject(file, target) {
  const { warn } = console
  // postject warns of each note section whose name it does not know; Node's are such.
  console.warn = text => (/string offset for section name/.test(text) ? undefined : warn(text))
  await postject.inject(file, 'NODE_SEA_BLOB', blob(target), {
    sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    ...(target.startsWith('darwin') && { machoSegmentName: 'NODE_SEA' }),
  })
  console.warn = warn
}

/** Their names get a last byte that no variable has. */
function withoutEarlyVariables(program) {
  const changed = Buffer.from(program)
  for (const name of early) {
    for (let found = changed.indexOf(name); found >= 0; found = changed.indexOf(name, found)) {
      changed[found + name.length - 1] = 1
    }
  }
  return changed
}

/** Node's own form of what it runs. Code that V8 made is for its own processor alone. */
function blob(target) {
  const dir = mkdtempSync(join(tmpdir(), 'kadm-sea-'))
  try {
    const cache = join(dir, 'cache')
    writeFileSync(cache, target === here ? readFileSync(join(dist, 'kadm.cjs.cache')) : '')
    const bundle = join(dir, 'bundle')
    writeFileSync(bundle, Module.wrap(readFileSync(join(dist, 'kadm.cjs'), 'utf8')))
    const config = {
      // Node keeps this path in the executable: relative, so that every checkout gives the same bytes.
      main: 'start.cjs',
      output: join(dir, 'blob'),
      disableExperimentalSEAWarning: true,
      execArgv,
      execArgvExtension: 'none',
      assets: { bundle, cache },
    }
    writeFileSync(join(dir, 'sea.json'), JSON.stringify(config))
    const options = { cwd: import.meta.dirname, stdio: 'pipe' }
    execFileSync(process.execPath, ['--experimental-sea-config', join(dir, 'sea.json')], options)
    return readFileSync(config.output)
  } finally {
    rmSync(dir, { recursive: true })
  }
}
