import { describe, expect, it } from 'vitest'
import { flagsOfPhase } from '../../src/cli/run/phase-flags.ts'
import { phaseFlags } from '../../src/config/flags/flags.ts'
import { phasesOf } from '../../src/phases/pipelines.ts'
import { runKadm } from '../cli/run-kadm.ts'

describe.each(['init', 'join', 'reset'] as const)('the phases of %s', command => {
  const phases = phasesOf(command)
  const known = phaseFlags(command).map(({ name }) => name)

  it.each(phases)('the phase $id lists only flags that its command has', ({ flags = [], familyFlags = [] }) => {
    expect([...flags, ...familyFlags].filter(name => !known.includes(name))).toEqual([])
  })

  it('every flag of a phase command belongs to at least one of its phases', () => {
    const taken = new Set(phases.flatMap(({ id }) => flagsOfPhase(command, id).map(({ name }) => name)))
    const ofFamilies = phases.flatMap(({ familyFlags = [] }) => familyFlags)
    expect(known.filter(name => !taken.has(name) && !ofFamilies.includes(name))).toEqual([])
  })
})

/** The flags of phases that a help shows. */
async function shown(command: 'init' | 'join' | 'reset', ...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runKadm([command, 'phase', ...words, '--help'])
  const names = [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map(([, name = '']) => name)
  const all = new Set(phaseFlags(command).map(({ name }) => name))
  return names.filter(name => all.has(name)).sort()
}

it.each([
  ['init', 'certs', 'ca'],
  ['init', 'certs'],
  ['init', 'certs', 'all'],
  ['init', 'addon', 'coredns'],
  ['init', 'addon'],
  ['join', 'control-plane-join', 'all'],
  ['join', 'etcd-join'],
  ['reset', 'cleanup-node'],
] as const)('the help of `%s phase %s %s` shows exactly the flags that it accepts', async (command, ...words) => {
  const taken = flagsOfPhase(command, words.join('/')).filter(({ hidden }) => hidden !== true)
  expect(await shown(command, ...words)).toEqual(taken.map(({ name }) => name).sort())
})
