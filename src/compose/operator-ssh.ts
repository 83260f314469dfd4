import { homedir, userInfo } from 'node:os'
import { given } from '../cluster/given.ts'
import { type SshConnector, sshConnector } from '../host/connect-host.ts'
import { takePasswords } from './passwords.ts'
import { terminalAsk } from './terminal-ask.ts'

interface Asked {
  readonly acceptNewHostKeys: boolean
  /** The signal of the run; prompts end with it. */
  readonly signal: AbortSignal | undefined
}

const made: (Asked & { readonly connector: SshConnector })[] = []

/** SSH as the operator who started kadm. The whole run shares one, so that each question is asked only once. */
export function operatorSsh(asked: Asked): SshConnector {
  const { acceptNewHostKeys, signal } = asked
  const known = made.find(one => one.acceptNewHostKeys === acceptNewHostKeys && one.signal === signal)
  if (known !== undefined) return known.connector
  const connector = makeConnector(asked)
  made.push({ ...asked, connector })
  return connector
}

function makeConnector({ acceptNewHostKeys, signal }: Asked): SshConnector {
  const { username, uid } = userInfo()
  const ask = terminalAsk(signal)
  return sshConnector({
    acceptNewHostKeys,
    home: homedir(),
    user: username,
    uid,
    env: process.env,
    ...takePasswords(),
    ...given({ ask }),
    note: text => process.stderr.write(`${text}\n`),
  })
}
