import { homedir, userInfo } from 'node:os'
import { type SshConnector, sshConnector } from '../host/connect-host.ts'
import { takePasswords } from './passwords.ts'
import { terminalAsk } from './terminal-ask.ts'

const connectors = new Map<boolean, SshConnector>()

/** SSH as the operator who started kadm. One for the whole process, so that nothing is asked for twice. */
export function operatorSsh(acceptNewHostKeys: boolean): SshConnector {
  const known = connectors.get(acceptNewHostKeys) ?? makeConnector(acceptNewHostKeys)
  connectors.set(acceptNewHostKeys, known)
  return known
}

function makeConnector(acceptNewHostKeys: boolean): SshConnector {
  const { username, uid } = userInfo()
  const ask = terminalAsk()
  return sshConnector({
    acceptNewHostKeys,
    home: homedir(),
    user: username,
    uid,
    env: process.env,
    ...takePasswords(),
    ...(ask === undefined ? {} : { ask }),
    note: text => process.stderr.write(`${text}\n`),
  })
}
