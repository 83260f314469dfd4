import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseHostSpec } from '../../../src/host/host-spec.ts'
import { sshAccess } from '../../../src/host/ssh/access.ts'
import { sshWorkshop } from '../../../src/host/ssh/shared.ts'
import { rejection } from '../../contract/hosts.ts'

describe('ProxyJump', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kadm-access-'))
    await mkdir(join(home, '.ssh'), { mode: 0o700 })
  })
  afterEach(() => rm(home, { recursive: true }))

  const reachAll = async (config: string, ...specs: readonly string[]) => {
    await writeFile(join(home, '.ssh/config'), config, { mode: 0o600 })
    const { reach } = sshAccess(sshWorkshop({ home, user: 'me', env: {} }))
    return Promise.all(specs.map(spec => rejection(reach(parseHostSpec(spec), spec))))
  }

  it('ProxyJump is rejected when the jump host of all hosts also applies to itself', async () => {
    const [error] = await reachAll('Host *\n ProxyJump bastion\n', 'root@node1')
    expect(error?.code).toBe('USAGE')
    expect(error?.message).toBe('ProxyJump forms a loop: root@node1:22 through me@bastion:22 through bastion')
    expect(error?.hint).toBe('add a section for bastion before the others, with ProxyJump none')
  })

  it('ProxyJump is rejected for each of several hosts that share a jump host with a loop', async () => {
    const errors = await reachAll('Host *\n ProxyJump bastion\n', 'node1', 'node2', 'bastion')
    expect(errors.map(error => error.code)).toEqual(['USAGE', 'USAGE', 'USAGE'])
  })

  it.each([
    ['two hosts jump', 'Host a\n ProxyJump b\nHost b\n ProxyJump a\n', ['a', 'b']],
    ['three hosts jump', 'Host a\n ProxyJump b\nHost b\n ProxyJump c\nHost c\n ProxyJump a\n', ['a', 'b', 'c']],
    ['hosts of a list jump', 'Host a b\n ProxyJump c,b\nHost c\n ProxyJump b\n', ['a', 'b']],
    ['hosts with another user jump', 'Host a\n ProxyJump root@b\nHost b\n ProxyJump b\n', ['a', 'b', 'root@b']],
  ])('ProxyJump is rejected when %s through one another in parallel', async (_, config, specs) => {
    for (const error of await reachAll(config, ...specs)) {
      expect(error.code).toBe('USAGE')
      expect(error.message).toContain('ProxyJump forms a loop: ')
    }
  })

  it('ProxyJump is rejected when its names never end', async () => {
    const [error] = await reachAll('Host *\n ProxyJump jump-%h\n', 'n')
    expect(error?.message).toContain('forms a loop: me@n:22 through me@jump-n:22 through me@jump-jump-n:22')
  })

  it('ProxyJump is rejected when a shell could run a part of a name on the way', async () => {
    const [error] = await reachAll('ProxyJump a$(id),b\n', 'n')
    expect(error?.code).toBe('USAGE')
    expect(error?.message).toContain('"a$(id)" is not a valid SSH destination: hostname contains invalid')
  })
})
