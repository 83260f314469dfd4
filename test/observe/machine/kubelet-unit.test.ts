import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { localTransport } from '../../../src/host/local/transport.ts'
import { quote } from '../../../src/host/quote.ts'
import { kubeletVersionQuery } from '../../../src/observe/machine/kubelet-version.ts'

const dir = mkdtempSync(join(tmpdir(), 'kadm-unit-'))
afterAll(() => rmSync(dir, { recursive: true }))

/** A program that prints a text. */
function program(path: string, text: string): string {
  mkdirSync(join(dir, path, '..'), { recursive: true })
  writeFileSync(join(dir, path), `#!/bin/sh\ncat <<'END'\n${text}\nEND\n`)
  chmodSync(join(dir, path), 0o755)
  return join(dir, path)
}

const unit = (path: string, argv: string) =>
  `ExecStart={ path=${path} ; argv[]=${argv} ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }`

/** Returns the kubelet's version on a host with this answer of systemd. */
async function versionWith(show: string, inPath: boolean): Promise<string> {
  program('bin/systemctl', show)
  if (inPath) program('bin/kubelet', 'in PATH')
  else rmSync(join(dir, 'bin/kubelet'), { force: true })
  const command = `PATH=${quote([join(dir, 'bin')])}:$PATH; ${quote([...kubeletVersionQuery])}`
  const { code, stdout } = await localTransport().run(command)
  return code === 0 ? stdout.trim() : `exit code ${code}`
}

describe('the program of the kubelet', () => {
  const own = program('opt/bin/kubelet', 'of the unit')
  const wrapper = program('opt/bin/start-it', 'of something else')

  it.each<[string, string, boolean, string]>([
    ['is the one of the unit when none is in PATH', unit(own, `${own} $KUBELET_KUBEADM_ARGS`), false, 'of the unit'],
    ['is the one of the unit when PATH has another', unit(own, own), true, 'of the unit'],
    [
      'is found when the unit starts it with a shell',
      unit('/bin/sh', `/bin/sh -c exec ${own} --v=2`),
      false,
      'of the unit',
    ],
    ['is the one in PATH when the unit starts something else', unit(wrapper, wrapper), true, 'in PATH'],
    ['is the one in PATH without a unit', '', true, 'in PATH'],
    ['is missing when neither the unit nor PATH has one', '', false, 'exit code 127'],
    [
      'is missing when the unit names one that does not exist',
      unit('/none/kubelet', '/none/kubelet'),
      true,
      'exit code 127',
    ],
  ])('the kubelet binary %s', async (_, show, inPath, expected) => {
    expect(await versionWith(show, inPath)).toBe(expected)
  })
})
