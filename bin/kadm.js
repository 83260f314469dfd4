#!/usr/bin/env node
// Runs the bundle with the code that V8 made of it at build time. Another V8 refuses that code and makes its own.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `kadm needs Node 22.13 or newer, and this is Node ${process.versions.node}. The executable (docs/install.md) needs no Node.\n`,
  )
  process.exit(1)
}
const { existsSync, readFileSync } = require('node:fs')
const { createRequire, wrap } = require('node:module')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const filename = join(__dirname, '..', 'dist', 'kadm.cjs')
const cache = `${filename}.cache`
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
const bundle = new Script(wrap(readFileSync(filename, 'utf8')), { filename: 'kadm.cjs', cachedData }).runInThisContext()
const main = { exports: {} }
bundle.call(main.exports, main.exports, createRequire(filename), main, filename, dirname(filename))
