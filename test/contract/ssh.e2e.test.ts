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

describe('logging in over SSH', () => sshLogInSuite(at))
describe('trusting a host over SSH', () => sshTrustSuite(at))
describe('the way to a host over SSH', () => sshWaySuite(at))
describe('a login over SSH that cannot be worked with', () => sshRefusedSuite(at))
describe('becoming root over SSH', () => sshSudoSuite(at))
describe('long work over SSH', () => sshLostSuite(at))
describe('the command line over SSH', () => sshTerminalSuite(at))
