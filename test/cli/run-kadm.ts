import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'

export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Nothing listens there: a connection ends with exit code 4. */
export const deadHost = ['--host', 'root@127.0.0.1:1'] as const

/** Runs a command line in this process. `{dir}` in an argument is a directory with the files. */
export async function runKadm(argv: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const dir = await mkdtemp(join(tmpdir(), 'kadm-'))
  const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const written = ({ mock }: typeof stdout) => mock.calls.map(([text]) => String(text)).join('')
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
    const code = await makeProgram().run(argv.map(word => word.replaceAll('{dir}', dir)))
    const plain = (text: string) => text.replaceAll(dir, '{dir}')
    return { code, stdout: plain(written(stdout)), stderr: plain(written(stderr)) }
  } finally {
    stdout.mockRestore()
    stderr.mockRestore()
    await rm(dir, { recursive: true })
  }
}
