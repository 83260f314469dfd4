import { mkdir, mkdtemp, open, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeHost } from '../../../src/host/fake.ts'
import { localTransport } from '../../../src/host/local/transport.ts'
import { shellHost } from '../../../src/host/shell-host.ts'
import { readDataUsers } from '../../../src/observe/left/data-users.ts'

const host = shellHost('here', localTransport())
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-data-'))
})
afterAll(() => rm(dir, { recursive: true }))

describe('readDataUsers', () => {
  it.each(['member/snap/db', 'member/wal/0000000000000000-0000000000000000.wal'])(
    'readDataUsers returns the processes that hold %s open, by any path',
    async file => {
      const [data, link] = [join(dir, file.replaceAll('/', '-')), join(dir, `link-${file.replaceAll('/', '-')}`)]
      await symlink(data, link)
      await mkdir(join(data, file, '..'), { recursive: true })
      const opened = await open(join(data, file), 'w')
      expect(await readDataUsers(host, link)).toEqual([process.pid])
      await opened.close()
      expect(await readDataUsers(host, link)).toEqual([])
    },
  )

  it('readDataUsers returns an empty list for a directory that does not exist', async () =>
    expect(await readDataUsers(host, `${dir}/none`)).toEqual([]))

  it('readDataUsers reports an error when the host does not list its processes', async () => {
    const silent = fakeHost({ commands: () => ({ stdout: '' }) })
    await expect(readDataUsers(silent, dir)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  })
})
