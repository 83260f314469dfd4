import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sshConnector } from '../../src/host/connect-host.ts'
import { exec } from '../lab/exec.ts'
import { rejection } from './hosts.ts'
import { type SshLab, scriptedOperator } from './ssh-lab.ts'

/** The verification of a host's identity. */
export function sshTrustSuite(at: SshLab): void {
  const known = async (name: string, ...lines: readonly string[]) => {
    const file = join(at.home, `known-${name}`)
    await writeFile(file, lines.map(line => `${line}\n`).join(''))
    return [file]
  }
  const publicKey = async (key: string) => (await readFile(`${key}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')
  const fingerprint = async (key: string) => (await exec('ssh-keygen', ['-lf', key])).stdout.split(' ')[1] ?? ''

  describe('an unknown host key', () => {
    it.each([
      ['yes', true],
      ['the fingerprint', true],
      ['no', false],
      ['y', false],
      ['another fingerprint', false],
    ])('an unknown host key is accepted after the answer %s: %s', async (word, taken) => {
      const { stdout } = await at.node.run(['ssh-keygen', '-lf', '/etc/ssh/ssh_host_ed25519_key.pub'])
      const shown = stdout.split(' ')[1] ?? ''
      const answer = word === 'the fingerprint' ? shown : word === 'another fingerprint' ? 'SHA256:x' : word
      const person = scriptedOperator(['is not known', answer])
      const knownHostsFiles = await known(word.replaceAll(' ', '-'))
      const connected = at.connect(at.node.ssh(), { knownHostsFiles, ask: person.ask })
      if (taken) await connected
      else expect((await rejection(connected)).code).toBe('HOST_KEY_UNKNOWN')
      expect(person.questions).toEqual([
        expect.stringContaining(`${at.node.address} is not known: ssh-ed25519 ${shown}`),
      ])
      expect((await readFile(knownHostsFiles[0] ?? '', 'utf8')).includes(at.node.hostPublicKey)).toBe(taken)
    })

    it('one prompt for an unknown host key serves all connections', async () => {
      const person = scriptedOperator(['is not known', 'yes'])
      const { connect } = sshConnector(at.options({ knownHostsFiles: await known('once'), ask: person.ask }))
      const hosts = await Promise.all([1, 2, 3].map(() => connect(at.node.ssh())))
      await Promise.all(hosts.map(host => host.close()))
      expect(person.questions.length).toBe(1)
    })

    it.each([
      ['StrictHostKeyChecking yes', 'HOST_KEY_UNKNOWN'],
      ['StrictHostKeyChecking accept-new', undefined],
      ['StrictHostKeyChecking no', undefined],
    ])('an unknown host key is accepted or refused without a prompt with %s', async (text, code) => {
      const person = scriptedOperator()
      await at.config(`${text}\n`)
      const connected = at.connect(at.node.ssh(), { knownHostsFiles: await known('strict'), ask: person.ask })
      expect(code === undefined ? await connected.then(() => undefined) : (await rejection(connected)).code).toBe(code)
      await at.config('')
      expect(person.questions).toEqual([])
    })

    it('an unknown host key is accepted for one run, with a note, when known_hosts cannot be written', async () => {
      const [file = ''] = await known('folder')
      const notes: string[] = []
      const more = {
        knownHostsFiles: [`${file}/below`],
        acceptNewHostKeys: true,
        note: (text: string) => notes.push(text),
      }
      expect((await (await at.connect(at.node.ssh(), more)).query(['true'])).code).toBe(0)
      expect(notes).toEqual([expect.stringContaining(`and could not add it to ${file}/below: `)])
    })

    it('a changed host key is refused even with StrictHostKeyChecking no', async () => {
      const other = await publicKey(await at.key('other-host', '-t', 'ed25519'))
      await at.config('StrictHostKeyChecking no\n')
      const knownHostsFiles = await known('changed', `${at.node.address} ${other}`)
      const error = await rejection(at.connect(at.node.ssh(), { knownHostsFiles }))
      await at.config('')
      expect(error.code).toBe('HOST_KEY_CHANGED')
    })
  })

  describe('a revoked host key', () => {
    it('a revoked host key is refused although known_hosts lists it', async () => {
      const lines = [`${at.node.address} ${at.node.hostPublicKey}`, `@revoked * ${at.node.hostPublicKey}`]
      const knownHostsFiles = await known('revoked', ...lines)
      const error = await rejection(at.connect(at.node.ssh(), { knownHostsFiles, acceptNewHostKeys: true }))
      expect(error.code).toBe('HOST_KEY_CHANGED')
      expect(error.message).toContain(`is marked as revoked in ${knownHostsFiles[0]}:2`)
    })

    it('a host key is refused when the last of several RevokedHostKeys files lists it', async () => {
      const [first, last] = [join(at.home, 'revoked-first'), join(at.home, 'revoked-last')]
      await writeFile(first, '# nothing\n')
      await writeFile(last, `${at.node.hostPublicKey}\n`)
      await at.config(`RevokedHostKeys ${first} ${last}\n`)
      const error = await rejection(at.connect(at.node.ssh()))
      await at.config('')
      expect([error.code, error.message]).toEqual([
        'HOST_KEY_CHANGED',
        expect.stringContaining(`is revoked in ${last}`),
      ])
    })

    it.each([
      ['lists it', 'HOST_KEY_CHANGED', 'is revoked in'],
      ['cannot be read', 'HOST_KEY_UNKNOWN', 'cannot read'],
      ['is binary', 'NOT_BUILT', 'binary'],
    ])('a host key is refused when the RevokedHostKeys file %s', async (how, code, words) => {
      const file = join(at.home, `revoked-${how.length}`)
      if (how === 'lists it') await writeFile(file, `# gone\n${at.node.hostPublicKey} old\n`)
      if (how === 'is binary') {
        await writeFile(`${file}.pub`, at.node.hostPublicKey)
        await exec('ssh-keygen', ['-q', '-k', '-f', file, `${file}.pub`])
      }
      await at.config(`RevokedHostKeys ${file}\n`)
      const error = await rejection(at.connect(at.node.ssh()))
      await at.config('')
      expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)])
    })
  })

  describe('a host certificate', () => {
    const authorities: Record<string, string> = {}
    let port = 2230
    beforeAll(async () => {
      authorities.ed25519 = await at.key('ca-ed25519', '-t', 'ed25519')
      authorities.rsa = await at.key('ca-rsa', '-t', 'rsa', '-b', '2048')
      authorities.ecdsa = await at.key('ca-ecdsa', '-t', 'ecdsa', '-b', '384')
    })
    /** An sshd with a new host key signed by an authority, and its port. */
    const serve = async (type: string, authority: string, ...args: readonly string[]) => {
      const mine = ++port
      const [dir, key] = ['/root', `host-${mine}`]
      const path = await at.key(key, '-t', type)
      const names = args.includes('-n') || args.includes('-everybody') ? [] : ['-n', at.node.address]
      const kind = args.includes('-user') ? [] : ['-h']
      const others = args.filter(word => word !== '-user' && word !== '-everybody')
      await exec('ssh-keygen', [
        '-q',
        '-s',
        authorities[authority] ?? '',
        '-I',
        'id',
        ...kind,
        ...names,
        ...others,
        `${path}.pub`,
      ])
      for (const file of ['', '.pub', '-cert.pub'])
        await at.node.writeFile(`${dir}/${key}${file}`, await readFile(path + file, 'utf8'), '0600')
      await at.sshd(mine, `HostKey ${dir}/${key}`, `HostCertificate ${dir}/${key}-cert.pub`)
      return { port: mine, key: path }
    }
    const enter = async (to: { port: number }, lines: readonly string[], more: Parameters<SshLab['connect']>[1] = {}) =>
      at.connect(`${at.node.ssh()}:${to.port}`, { knownHostsFiles: await known(`${to.port}`, ...lines), ...more })
    const authority = async (name: string, hosts = '*') =>
      `@cert-authority ${hosts} ${await publicKey(authorities[name] ?? '')}`

    it.each([
      ['ed25519', 'ed25519'],
      ['ed25519', 'rsa'],
      ['ed25519', 'ecdsa'],
      ['rsa', 'ed25519'],
      ['ecdsa', 'ecdsa'],
    ])(
      'a host certificate for a %s key from a %s authority is trusted without a change of known_hosts',
      async (type, by) => {
        const lines = [await authority(by)]
        const host = await enter(await serve(type, by), lines)
        expect((await host.query(['id', '-u'])).stdout).toBe('0\n')
        expect(await readFile(join(at.home, `known-${port}`), 'utf8')).toBe(`${lines[0]}\n`)
      },
    )

    it.each([
      ['is for all hosts of a domain', ['-n', '10.*,*.example.org']],
      ['is for every host', ['-everybody']],
      ['will expire', ['-V', '-1m:+5m']],
    ])('a host certificate is trusted when it %s', async (_, args) => {
      await enter(await serve('ed25519', 'ed25519', ...args), [await authority('ed25519')])
    })

    it.each([
      ['is for another host', ['-n', 'other'], 'it is for other, not for 10.'],
      ['has expired', ['-V', '20200101:20200102'], 'it expired on 2020-01-0'],
      ['is not valid yet', ['-V', '+1d:+2d'], 'it is valid from '],
      ['is for a user', ['-user'], 'it is a user certificate, not a host certificate'],
      ['has a condition', ['-O', 'critical:moon=full'], 'it has unsupported critical options: moon'],
    ])('a host certificate is not trusted when it %s, even where new keys are accepted', async (_, args, words) => {
      const server = await serve('ed25519', 'ed25519', ...args)
      const error = await rejection(enter(server, [await authority('ed25519')], { acceptNewHostKeys: true }))
      expect(error.code).toBe('HOST_KEY_UNKNOWN')
      expect(error.message).toContain(words)
      expect(error.message).toContain(await fingerprint(server.key))
    })

    it('a host certificate of an authority for other hosts, or of another authority, is not trusted', async () => {
      const server = await serve('ed25519', 'ed25519')
      const elsewhere = await rejection(enter(server, [await authority('ed25519', 'other.example.org')]))
      expect(elsewhere.message).toMatch(/is not known: ssh-ed25519 SHA256:\S+$/)
      const other = await rejection(enter(server, [await authority('rsa')]))
      expect(other.message).toContain('which known_hosts does not name as @cert-authority')
    })

    it('a host certificate of a revoked authority is refused, even when the key is known', async () => {
      const server = await serve('ed25519', 'ed25519')
      const revoked = `@revoked * ${await publicKey(authorities.ed25519 ?? '')}`
      const plain = `[${at.node.address}]:${server.port} ${await publicKey(server.key)}`
      const error = await rejection(enter(server, [await authority('ed25519'), revoked, plain]))
      expect(error.code).toBe('HOST_KEY_CHANGED')
      expect(error.message).toMatch(/^the authority that signed the host key of /)
      expect(error.message).toContain(` is marked as revoked in ${join(at.home, `known-${server.port}`)}:2`)
    })

    it('a host certificate of an authority in the RevokedHostKeys file is refused', async () => {
      const server = await serve('ed25519', 'ed25519')
      const file = join(at.home, 'revoked-authority')
      await writeFile(file, `${await publicKey(authorities.ed25519 ?? '')}\n`)
      await at.config(`RevokedHostKeys ${file}\n`)
      const plain = `[${at.node.address}]:${server.port} ${await publicKey(server.key)}`
      const lines = [await authority('ed25519'), plain]
      const error = await rejection(enter(server, lines, { acceptNewHostKeys: true }))
      await at.config('')
      expect(error.code).toBe('HOST_KEY_CHANGED')
      expect(error.message).toContain(` is revoked in ${file}`)
    })

    it('a host certificate is not trusted when CASignatureAlgorithms excludes its algorithm', async () => {
      const server = await serve('ed25519', 'ed25519')
      await at.config('CASignatureAlgorithms rsa-sha2-512\n')
      const error = await rejection(enter(server, [await authority('ed25519')]))
      await at.config('')
      expect(error.message).toContain('its signature is of the type ssh-ed25519, which is not allowed')
    })

    it('a host certificate is checked against the name of HostKeyAlias', async () => {
      const server = await serve('ed25519', 'ed25519', '-n', 'alias.example.org')
      await at.config('HostKeyAlias alias.example.org\n')
      await enter(server, [await authority('ed25519', '*.example.org')])
      await at.config('')
    })

    it('a host without a certificate needs a known key, and the key of an authority is not a host key', async () => {
      await enter({ port: 22 }, [await authority('ed25519'), `${at.node.address} ${at.node.hostPublicKey}`])
      const lines = [`@cert-authority * ${at.node.hostPublicKey}`]
      const error = await rejection(enter({ port: 22 }, lines, { acceptNewHostKeys: true }))
      expect(error.code).toBe('HOST_KEY_UNKNOWN')
      expect(error.message).toContain('no certificate verifies it: it presented no certificate')
    })
  })
}
