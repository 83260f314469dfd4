import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CommandResult, exec } from '../lab/exec.ts'
import { program, programBind, programOnNode } from '../lab/program.ts'
import { inLayers, shellsLayers } from '../lab/shells.ts'

/** The working directory of another user. If its code runs, or kadm writes there, there are more files than before. */
const dir = mkdtempSync(join(tmpdir(), 'kadm-hostile-'))
const at = (name: string) => join(dir, name)
const evil = `require('node:fs').writeFileSync(${JSON.stringify(at('pwned'))}, '')`
const words = ['version', '-o', 'json']
let files: readonly string[]
let clean: CommandResult

const listed = () => readdirSync(dir, { recursive: true }).map(String).sort()
const run = (args: readonly string[], env: Record<string, string>) =>
  exec(program, args, { cwd: dir, env, check: false })

beforeAll(async () => {
  for (const name of ['node_modules/fs', 'node_modules/evil', 'templates', 'dist', 'icu', 'modules'])
    mkdirSync(at(name), { recursive: true })
  for (const name of ['evil.cjs', 'kadm.cjs', 'start.cjs', 'dist/kadm.cjs', 'node_modules/fs/index.js'])
    writeFileSync(at(name), evil)
  writeFileSync(at('node_modules/evil/index.js'), evil)
  writeFileSync(at('package.json'), '{ "type": "module", "main": "evil.cjs", "imports": { "#fs": "./evil.cjs" } }')
  writeFileSync(at('node.config.json'), '{ "nodeOptions": { "require": ["./evil.cjs"] } }')
  writeFileSync(at('.env'), `NODE_OPTIONS=--require ${at('evil.cjs')}\n`)
  writeFileSync(at('modules/evil.so'), 'not a library')
  writeFileSync(
    at('openssl.cnf'),
    `openssl_conf = o\nnodejs_conf = o\n[o]\nproviders = p\n[p]\nevil = e\n[e]\nmodule = ${at('modules/evil.so')}\nactivate = 1\n`,
  )
  writeFileSync(at('ca.pem'), 'not a certificate\n')
  files = listed()
  clean = await run(words, {})
  expect(clean).toMatchObject({ code: 0, stderr: '' })
})
afterAll(() => rmSync(dir, { recursive: true }))

const unchanged = () => expect(listed()).toEqual(files)

describe('variables of the environment', () => {
  const variables: readonly (readonly [name: string, value: string])[] = [
    ['NODE_OPTIONS', `--require ${at('evil.cjs')}`],
    ['NODE_OPTIONS', '--inspect-brk=127.0.0.1:0 --trace-exit'],
    ['NODE_PATH', at('node_modules')],
    ['NODE_EXTRA_CA_CERTS', at('ca.pem')],
    ['NODE_V8_COVERAGE', at('coverage')],
    ['NODE_COMPILE_CACHE', at('cache')],
    ['NODE_REDIRECT_WARNINGS', at('warnings')],
    ['NODE_DEBUG', 'fs,module,net,tls'],
    ['NODE_DEBUG_NATIVE', 'all'],
    ['NODE_PENDING_DEPRECATION', '1'],
    ['NODE_REPL_EXTERNAL_MODULE', at('evil.cjs')],
    ['NODE_ICU_DATA', at('icu')],
    ['NODE_CHANNEL_FD', '1'],
    ['NODE_UNIQUE_ID', '1'],
    ['NODE_TEST_CONTEXT', 'child-v8'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
    ['OPENSSL_CONF', at('openssl.cnf')],
    ['OPENSSL_MODULES', at('modules')],
    ['SSL_CERT_FILE', at('ca.pem')],
    ['SSL_CERT_DIR', dir],
    ['SSLKEYLOGFILE', at('keys')],
    ['UV_THREADPOOL_SIZE', '1'],
  ]

  it.each(variables)('kadm prints and writes the same with %s=%s', async (name, value) => {
    expect(await run(words, { [name]: value })).toEqual(clean)
    unchanged()
  })

  it('kadm prints and writes the same with all hostile variables at once, while it makes keys', async () => {
    const all = Object.fromEntries(variables)
    expect(await run(words, all)).toEqual(clean)
    const certs = ['init', 'phase', 'certs', 'sa', '--cert-dir', at('pki'), '--dry-run', '--progress', 'quiet']
    const { code, stderr } = await run(certs, { ...all, PATH: process.env.PATH ?? '' })
    expect([code, stderr]).toEqual([0, ''])
    unchanged()
  })
})

describe('options of Node.js on the command line', () => {
  it.each([
    [['--inspect', ...words]],
    [['--inspect-brk=127.0.0.1:0', ...words]],
    [['--require', './evil.cjs', ...words]],
    [['--import', './evil.cjs', ...words]],
    [['--eval', evil]],
    [['-p', evil]],
    [['--env-file=.env', ...words]],
    [['version', '--env-file=.env']],
    [['--experimental-default-config-file', ...words]],
    [['--build-sea', 'node.config.json']],
    [['--v8-options']],
  ])('%j is a usage error of kadm', async args => {
    const { code, stdout, stderr } = await run(args, {})
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(' unknown option ')
    unchanged()
  })

  it('a file is not a script to run', async () => {
    const { code, stderr } = await run(['./evil.cjs'], {})
    expect(code).toBe(2)
    expect(stderr).toContain('evil.cjs')
    unchanged()
  })
})

describe('signals', () => {
  let fifo: string
  beforeEach(() => {
    fifo = join(mkdtempSync(join(tmpdir(), 'kadm-fifo-')), 'kadm.yaml')
    execFileSync('mkfifo', [fifo])
    return () => rmSync(join(fifo, '..'), { recursive: true })
  })

  it('SIGUSR1 opens no inspector, and kadm continues', async () => {
    const child = spawn(program, ['config', 'validate', '--config', fifo], { cwd: dir, env: {} })
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    const ended = new Promise(resolve => child.on('close', (code, signal) => resolve([code, signal])))
    // It opens when kadm reads: then kadm has started.
    const config = await open(fifo, 'w')
    child.kill('SIGUSR1')
    // Node.js would catch the signal, and open the port in a thread of its own.
    const caught = /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? ''
    expect(BigInt(`0x${caught}`) & (1n << BigInt(constants.signals.SIGUSR1 - 1))).toBe(0n)
    await config.writeFile('kind: X\n')
    await config.close()
    expect(await ended).toEqual([2, null])
    expect(stderr).not.toMatch(/debugger|inspector/i)
    unchanged()
  })
})

describe('the place of the executable', () => {
  it('a renamed executable runs from an empty file system that is read-only', async () => {
    const script = [
      'mkdir /tmp/alone; mount -t tmpfs tmpfs /tmp/alone; cd /tmp/alone',
      `cp ${programOnNode} ./renamed; umount ${programOnNode.replace(/\/[^/]*$/, '')}; mount -o remount,ro /tmp/alone`,
      'export PATH=/usr/bin:/bin; ./renamed version -o json',
      './renamed init phase control-plane all --dry-run --progress quiet --apiserver-advertise-address 192.0.2.10 >/dev/null',
    ]
    const shown = [programBind]
    const [file = '', ...args] = inLayers(await shellsLayers(), shown, ['bash', '-ec', script.join('\n')])
    expect(await exec(file, args)).toEqual(clean)
  })
})

describe('the build', () => {
  it('a build in another directory, with another umask and time zone, gives the same bytes', async () => {
    const script = [
      'set -e; mkdir "$1"; mount --bind "$2" "$1"; mount -t tmpfs tmpfs "$1/dist"; cd "$1"; umask 077',
      'HOME=/nonexistent TZ=Asia/Tokyo LANG=C "$3" build/binary.mjs >&2; cmp "dist/$4" "$2/dist/$4"',
      'cmp "dist/$4.cdx.json" "$2/dist/$4.cdx.json"; cmp "dist/$4.licenses.txt" "$2/dist/$4.licenses.txt"',
    ].join('\n')
    const elsewhere = join(mkdtempSync(join(tmpdir(), 'kadm-build-')), 'checkout')
    const root = join(import.meta.dirname, '..', '..')
    const names = [elsewhere, root, process.execPath, programOnNode.replace(/.*\//, '')]
    await exec('unshare', ['--mount', 'sh', '-c', script, 'sh', ...names])
    rmSync(join(elsewhere, '..'), { recursive: true })
  })
})
