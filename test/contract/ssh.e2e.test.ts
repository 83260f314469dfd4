import { describe } from 'vitest'
import { useSshLab } from './ssh-lab.ts'
import { sshLogInSuite } from './ssh-log-in.ts'
import { sshLostSuite } from './ssh-lost.ts'
import { sshRefusedSuite } from './ssh-refused.ts'
import { sshSudoSuite } from './ssh-sudo.ts'
import { sshTerminalSuite } from './ssh-terminal.ts'
import { sshTrustSuite } from './ssh-trust.ts'
import { sshWaySuite } from './ssh-way.ts'

const at = useSshLab('ssh')

describe('SSH authentication', () => sshLogInSuite(at))
describe('SSH host keys', () => sshTrustSuite(at))
describe('SSH connections', () => sshWaySuite(at))
describe('unusable SSH logins', () => sshRefusedSuite(at))
describe('sudo over SSH', () => sshSudoSuite(at))
describe('long commands over SSH', () => sshLostSuite(at))
describe('SSH prompts', () => sshTerminalSuite(at))
