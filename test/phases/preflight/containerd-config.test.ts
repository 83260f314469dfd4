import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  containerdQuestion,
  parseContainerdConfig,
  usualConfig,
} from '../../../src/phases/preflight/containerd-config.ts'

const dir = mkdtempSync(join(tmpdir(), 'kadm-containerd-'))
const config = join(dir, 'config.toml')
let running: ChildProcess | undefined

beforeAll(() => writeFileSync(config, 'version = 2\n\nSystemdCgroup = true\n'))
afterEach(() => running?.kill())
afterAll(() => rmSync(dir, { recursive: true }))

/** What is found where systemd says that containerd runs as a process with these arguments. */
function ask(args: readonly string[]) {
  running = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', '--', ...args], { stdio: 'ignore' })
  return askOf(running.pid ?? 0)
}

function askOf(pid: number) {
  writeFileSync(join(dir, 'systemctl'), `#!/bin/sh\necho ${pid}\n`)
  chmodSync(join(dir, 'systemctl'), 0o755)
  const env = { ...process.env, PATH: `${dir}:${process.env.PATH}` }
  const { stdout } = spawnSync('sh', ['-c', containerdQuestion], { env, encoding: 'utf8' })
  return parseContainerdConfig(stdout)
}

describe('the configuration of containerd', () => {
  it.each([[['--config', config]], [[`--config=${config}`]], [['-l', 'debug', '-c', config]], [[`-c=${config}`]]])(
    'the configuration of containerd is read from the file in its arguments: %j',
    args => {
      expect(ask(args)).toEqual({ path: config, text: 'version = 2\n\nSystemdCgroup = true\n' })
    },
  )

  it('the configuration of containerd is missing when the file in its arguments is missing', () => {
    expect(ask(['--config', join(dir, 'absent.toml')])).toBeUndefined()
  })

  it('the configuration of containerd is read from the default file without an argument or a running process', () => {
    for (const found of [ask([]), askOf(0)]) expect(found?.path ?? usualConfig).toBe(usualConfig)
  })
})
