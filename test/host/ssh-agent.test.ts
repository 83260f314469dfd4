import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeCredentials } from '../../src/host/ssh/credentials.ts'
import { makeKeyring } from '../../src/host/ssh/log-in/identities.ts'

it('the keyring skips an SSH agent that does not answer, and reports it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'kadm-agent-'))
  const agent = join(dir, 'agent.sock')
  const silent = createServer().listen(agent)
  try {
    await once(silent, 'listening')
    const rules = { methods: [], identityFiles: [], named: true, identitiesOnly: false, certificateFiles: [] }
    const keyring = makeKeyring(makeCredentials({}), undefined)
    const found = await keyring.identities({ ...rules, agent, batch: false, prompts: 3 })
    expect(found).toEqual({
      identities: [],
      notes: [`the SSH agent at ${agent} does not answer: it said nothing for 5s`],
    })
  } finally {
    silent.close()
    await rm(dir, { recursive: true })
  }
}, 20_000)
