import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { Header, type types } from 'tar'
import { describe, expect, it } from 'vitest'
import { binariesOf } from '../../../src/cluster/binary-source.ts'
import { eachBinary, readArchive } from '../../../src/ops/binaries/archive.ts'
import { rejection } from '../../contract/hosts.ts'

interface Entry {
  readonly path: string
  readonly text?: string
  readonly type?: types.EntryTypeName
  readonly linkpath?: string
}

const kubelet = 'the kubelet'
const sum = (text: string) => createHash('sha256').update(text).digest('hex')
const list = `${sum(kubelet)}  kubelet\n`

/** Blocks of 512 bytes, as in POSIX ustar. */
function tar(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ path, text = '', type = 'File', linkpath = '' }) => {
    const content = Buffer.from(text)
    const header = new Header({ path, type, linkpath, size: content.length, mode: 0o755, mtime: new Date(0) })
    header.encode()
    const block = Buffer.from(header.block ?? [])
    return [block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

const archive = (bytes: Uint8Array) => ({ name: 'binaries.tar', open: () => Readable.from([bytes]) })

const good = [
  { path: 'kubelet', text: kubelet },
  { path: 'SHA256SUMS', text: list },
]

describe('readArchive', () => {
  it.each([
    ['at its root', good, ''],
    ['below ./', good.map(entry => ({ ...entry, path: `./${entry.path}` })), ''],
    [
      'in a directory, next to other files',
      [
        { path: 'kubernetes/node/', type: 'Directory' as const },
        ...good.map(entry => ({ ...entry, path: `kubernetes/node/${entry.path}` })),
        { path: 'kubernetes/LICENSE', text: 'Apache' },
        { path: 'other/kubelet', text: 'another kubelet' },
      ],
      'kubernetes/node',
    ],
  ])('readArchive finds the binaries %s', async (_, entries, directory) => {
    for (const bytes of [tar(entries), gzipSync(tar(entries))]) {
      const found = await readArchive(archive(bytes))
      expect(found.sets).toEqual([{ directory, sums: new Map([['kubelet', sum(kubelet)]]) }])
      const taken: string[] = []
      await eachBinary(found.file, found.sets[0], async (name, content) => {
        taken.push(`${name}: ${await buffer(content)}`)
      })
      expect(taken).toEqual([`kubelet: ${kubelet}`])
    }
  })

  it('readArchive finds the binaries of several versions by the names of their directories', async () => {
    const below = (folder: string) => good.map(entry => ({ ...entry, path: `k/${folder}/${entry.path}` }))
    const found = await readArchive(archive(tar([...below('v1.36.3'), ...below('v1.37.2')])))
    const directories = ['v1.36.3', 'v1.37.2', 'v1.38.0'].map(version => binariesOf(found, version)?.directory)
    expect(directories).toEqual(['k/v1.36.3', 'k/v1.37.2', undefined])
  })

  it.each<[string, readonly Entry[], string]>([
    ['without checksums', good.slice(0, 1), 'it has no SHA256SUMS'],
    ['with two files of checksums', [...good, { path: 'a/SHA256SUMS', text: list }], 'more than one SHA256SUMS'],
    ['without the kubelet', good.slice(1), 'kubelet has a checksum and is not in it'],
    ['with another kubelet', [{ path: 'kubelet', text: 'x' }, ...good.slice(1)], 'does not match kubelet'],
    ['with an absolute path', [...good, { path: '/etc/passwd', text: 'x' }], 'it holds /etc/passwd, a path outside'],
    ['with a parent directory', [...good, { path: 'a/../../x', text: 'x' }], 'it holds a/../../x, a path outside'],
    [
      'with a symbolic link',
      [{ path: 'kubelet', type: 'SymbolicLink', linkpath: '/bin/sh' }, ...good.slice(1)],
      'it holds kubelet, which is not a regular file',
    ],
    [
      'with a hard link',
      [...good, { path: 'kubectl', type: 'Link', linkpath: 'kubelet' }],
      'it holds kubectl, which is not a regular file',
    ],
    ['with the same file twice', [...good, { path: './kubelet', text: kubelet }], 'it holds kubelet twice'],
    ['with a list that is too long', [{ path: 'SHA256SUMS', text: '#'.repeat(1_048_577) }], 'is longer than'],
  ])('readArchive refuses an archive %s', async (_, entries, message) => {
    const error = await rejection(readArchive(archive(tar(entries))))
    expect([error.code, error.message]).toEqual(['BINARIES_INVALID', expect.stringContaining(message)])
  })

  it.each([
    ['that ends early', gzipSync(tar(good)).subarray(0, 60)],
    ['with a damaged header', Buffer.concat([Buffer.alloc(512, 'x'), tar(good)])],
    ['that is no archive at all', Buffer.from('not a tar archive')],
  ])('readArchive refuses a file %s', async (_, bytes) => {
    const error = await rejection(readArchive(archive(bytes)))
    expect(error.code).toBe('BINARIES_INVALID')
  })
})
