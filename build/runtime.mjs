// The Node that goes into an executable: the official binary from the npm package that package-lock.json pins.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = path => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** The version of Node that is pinned. */
export function pinnedNode() {
  return Object.values(JSON.parse(readFileSync(at('build/runtime/package.json'), 'utf8')).optionalDependencies)[0]
}

/**
 * The bytes and the licence of the pinned Node for a target such as `linux-arm64`. A target of this machine is in
 * node_modules; another is fetched from the npm registry, and its hash must be that of the lockfile.
 */
export function nodeFor(target) {
  const name = `node-${target}`
  const installed = at(`node_modules/${name}`)
  if (existsSync(join(installed, 'bin/node'))) return contents(installed)
  const entry = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages[`node_modules/${name}`]
  if (entry === undefined) throw new Error(`package-lock.json pins no ${name}: name Node's binary with --node FILE`)
  const dir = mkdtempSync(join(tmpdir(), 'kadm-node-'))
  try {
    const options = { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }
    const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', `${name}@${entry.version}`], options))
    const hash = createHash('sha512')
      .update(readFileSync(join(dir, filename)))
      .digest('base64')
    if (`sha512-${hash}` !== entry.integrity)
      throw new Error(`${filename} has another hash than package-lock.json names`)
    execFileSync('tar', ['-xzf', filename], options)
    return contents(join(dir, 'package'))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** A binary of the pinned Node from elsewhere, for a target that the npm registry does not have. */
export function givenNode(file) {
  const binary = readFileSync(file)
  if (!binary.includes(`v${pinnedNode()}`)) throw new Error(`${file} is not Node ${pinnedNode()}, which is pinned`)
  return { binary, licence: nodeFor(`${process.platform}-${process.arch}`).licence }
}

function contents(dir) {
  return { binary: readFileSync(join(dir, 'bin/node')), licence: readFileSync(join(dir, 'LICENSE'), 'utf8') }
}
