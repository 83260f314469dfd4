import { describe, expect, it } from 'vitest'
import { judgeMembership } from '../../../src/phases/preflight/already-joined.ts'

describe('a joined host', () => {
  const known = { name: 'w1', role: 'worker', server: 'https://10.0.0.1:6443' } as const

  it('preflight reports a host that is already a node, with its cluster and a command to remove it', () => {
    expect(judgeMembership(known, 'w1', '10.0.0.5')).toEqual({
      level: 'error',
      message: 'this host is already a node: the worker w1 of the cluster at https://10.0.0.1:6443',
      remedy: expect.stringMatching(/^`kadm reset[^`]*`.* removes it from that cluster$/),
    })
  })

  it('preflight hints at --node-name when the node name of a joined host changes', () => {
    const { message, remedy } = judgeMembership({ ...known, role: 'control-plane' }, 'w9', '10.0.0.5')
    expect(message).toMatch(/the control plane w1 .*, and its name is to be w9 now$/)
    expect(remedy).toMatch(/--node-name w1$/)
  })
})
