import { describe, expect, it } from 'vitest'
import { hostsFileNames, readNodeFacts } from '../../../src/phases/preflight/node-facts.ts'
import { fakeMachine } from './fake-machine.ts'

const hosts =
  '127.0.0.1 localhost\n10.0.0.1\tCP1.example.com cp1 # the first\n# 10.0.0.2 cp2\nfe80::1%eth0 cp3.\nnonsense cp4\n'

describe('the host name lookup', () => {
  it('the host name lookup reads the names of /etc/hosts', () => {
    expect([...hostsFileNames(hosts)]).toEqual(['localhost', 'cp1.example.com', 'cp1', 'cp3'])
  })

  it.each([
    ['found', 'cp1', 124],
    ['found', 'CP1', 2],
    ['found', 'other', 0],
    ['slow', 'cp2', 124],
    ['missing', 'cp4', 2],
  ])('the host name lookup returns "%s" for %s when getent exits with %d', async (expected, name, lookup) => {
    expect((await readNodeFacts(fakeMachine({ lookup, answers: { hosts } }), name, [])).lookup).toBe(expected)
  })
})
