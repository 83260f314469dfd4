import { describe, expect, it } from 'vitest'
import { parseChecksums } from '../../../src/ops/binaries/checksums.ts'

const a = 'a'.repeat(64)
const b = 'B'.repeat(64)

describe('parseChecksums', () => {
  it('parseChecksums returns the checksums of the binaries of a node, and leaves out those of other files', () => {
    const text = `# release\n${a}  ./kubelet\r\n${b} *kubectl\n\n${a}  kube-proxy\n`
    expect([...parseChecksums(text, 'SHA256SUMS')]).toEqual([
      ['kubelet', a],
      ['kubectl', b.toLowerCase()],
    ])
  })

  it.each([
    ['an empty list', '', 'SHA256SUMS has no checksum of kubelet'],
    ['a short checksum', `${a.slice(1)}  kubelet`, 'SHA256SUMS, line 1: expected a SHA-256'],
    ['one space', `${a} kubelet`, 'SHA256SUMS, line 1: expected a SHA-256'],
    [
      'another directory',
      `${a}  kubelet\n${a}  bin/kubectl`,
      'SHA256SUMS, line 2: bin/kubectl is in another directory',
    ],
    ['a parent directory', `${a}  ..`, 'SHA256SUMS, line 1: .. is in another directory'],
    ['a name twice', `${a}  kubelet\n${b}  kubelet`, 'SHA256SUMS, line 2: kubelet has a checksum on an earlier line'],
  ])('parseChecksums refuses %s and names the line', (_, text, message) => {
    expect(() => parseChecksums(text, 'SHA256SUMS')).toThrow(message)
  })
})
