import { describe, expect, it } from 'vitest'
import { chosenPhases } from '../../../src/cli/run/phase-flags.ts'
import { completeInit } from '../../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../../src/config/init.ts'
import { needsOf } from '../../../src/phases/machine-needs.ts'
import { makeFacts } from '../../fixtures/cluster.ts'

const token = 'abcdef.0123456789abcdef'
const parsed = parseInit({ flags: {}, startedAt: new Date(0), randomToken: () => token })
const { defaultAddress: _, ...noRoute } = makeFacts()
const machines = {
  criSocket: makeFacts({ criSockets: ['unix:///a.sock', 'unix:///b.sock'] }),
  name: makeFacts({ hostname: 'not_a_name' }),
  advertiseAddress: noRoute,
} as const

/** The facts that a phase requires. */
const phases: readonly (readonly [string, readonly (keyof typeof machines)[]])[] = [
  ['preflight', ['criSocket', 'name', 'advertiseAddress']],
  ['certs ca', []],
  ['certs sa', []],
  ['certs front-proxy-client', []],
  ['certs apiserver', ['name', 'advertiseAddress']],
  ['certs etcd-server', ['name', 'advertiseAddress']],
  ['certs all', ['name', 'advertiseAddress']],
  ['kubeconfig admin', ['advertiseAddress']],
  ['kubeconfig kubelet', ['name', 'advertiseAddress']],
  ['etcd local', ['name', 'advertiseAddress']],
  ['control-plane apiserver', ['advertiseAddress']],
  ['control-plane scheduler', []],
  ['kubelet-start', ['criSocket', 'name']],
  ['upload-certs', []],
  ['upload-config all', []],
  ['mark-control-plane', ['name']],
  ['bootstrap-token', []],
  ['addon coredns', []],
  ['addon kube-proxy', ['advertiseAddress']],
]

describe('the facts that a phase needs', () => {
  it.each(phases)('the init phase %s needs only these facts of the host: %j', (phase, wanted) => {
    const needs = needsOf(chosenPhases('init', phase.split(' ')))
    const refused = Object.entries(machines).filter(([, facts]) => {
      try {
        completeInit(settleInit(parsed, undefined), facts, needs)
        return false
      } catch {
        return true
      }
    })
    expect(refused.map(([fact]) => fact)).toEqual(
      ['criSocket', 'name', 'advertiseAddress'].filter(one => wanted.includes(one as never)),
    )
  })

  it.each([
    ['reset', 'remove-etcd-member', false],
    ['reset', 'cleanup-network', false],
    ['reset', 'cleanup-node', true],
    ['join', 'control-plane-prepare/certs', false],
    ['join', 'kubelet-start', true],
    ['join', 'control-plane-join', false],
  ] as const)('the phase %s %s needs a single container runtime: %s', (command, phase, wanted) => {
    expect(needsOf(chosenPhases(command, phase.split('/')))('criSocket')).toBe(wanted)
  })
})
