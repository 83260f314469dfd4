#!/usr/bin/env node
// Runs the bundle with the code that V8 made of it at build time; another V8 refuses that and makes its own.
const { existsSync, readFileSync } = require('node:fs')
const { createRequire, wrap } = require('node:module')
const { dirname, join } = require('node:path')
const { Script } = require('node:vm')

const filename = join(__dirname, '..', 'dist', 'kadm.cjs')
const cache = `${filename}.cache`
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
const bundle = new Script(wrap(readFileSync(filename, 'utf8')), { filename, cachedData }).runInThisContext()
const main = { exports: {} }
bundle.call(main.exports, main.exports, createRequire(filename), main, filename, dirname(filename))
