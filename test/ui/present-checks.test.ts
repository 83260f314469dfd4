import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type CheckList, presentChecks } from '../../src/ui/present-checks.ts'

const two: CheckList = {
  nodes: [{ name: 'cp1' }, { name: 'w1' }],
  errors: 2,
  warnings: 1,
  checks: [
    { check: 'NumCPU', node: 'cp1', level: 'error', message: 'one CPU', remedy: 'give it two' },
    { check: 'Swap', node: 'cp1', level: 'ok' },
    { check: 'Swap', node: 'w1', level: 'warning', message: 'swap is on' },
    { check: 'MTU', node: 'cp1', level: 'error', message: 'differs' },
    { check: 'MTU', node: 'w1', level: 'error', message: 'differs' },
    { check: 'MTU', node: 'w1', level: 'ignored', message: 'in another way' },
  ],
  seconds: 1.2,
}

describe('presentChecks', () => {
  it('presentChecks prints a table of the worst levels, then each problem once with its hosts and remedy', () => {
    expect(presentChecks(two, false)).toBe(
      `
CHECK   cp1    w1
NumCPU  error  -
Swap    ok     warning
MTU     error  error

[ERROR NumCPU] cp1
  one CPU
  → give it two

[WARNING Swap] w1
  swap is on

[ERROR MTU] cp1, w1
  differs

[IGNORED MTU] w1
  in another way

2 errors, 1 warning on 2 hosts (1.2 s)
`.trimStart(),
    )
  })

  it('presentChecks prints one line of skipped checks for each reason', () => {
    const skipped = (check: string, node: string, message: string) =>
      ({ check, node, level: 'skipped', message }) as const
    const [dead, alone] = ['the runtime is silent', 'there is no other host']
    const checks = [
      ...[skipped('MTU', 'cp1', alone), skipped('CgroupDriver', 'cp1', dead), skipped('CgroupDriver', 'w1', dead)],
      ...[skipped('ClockSkew', 'cp1', alone), { check: 'MTU', node: 'w1', level: 'ok' } as const],
    ]
    expect(presentChecks({ ...two, errors: 0, warnings: 0, checks }, false)).toBe(
      `
CHECK         cp1      w1
MTU           skipped  ok
CgroupDriver  skipped  skipped
ClockSkew     skipped  -

skipped, because there is no other host: MTU, ClockSkew
skipped, because the runtime is silent: CgroupDriver

0 errors, 0 warnings on 2 hosts (1.2 s)
`.trimStart(),
    )
  })

  it('presentChecks omits the host when there is only one', () => {
    const one = { ...two, nodes: [{ name: 'cp1' }], checks: two.checks.slice(0, 2) }
    expect(presentChecks(one, false)).toContain('[ERROR NumCPU]\n  one CPU')
  })

  it('presentChecks keeps the columns when it uses colors', () => {
    const colored = presentChecks(two, true)
    expect(colored).not.toBe(presentChecks(two, false))
    expect(stripVTControlCharacters(colored)).toBe(presentChecks(two, false))
  })
})
