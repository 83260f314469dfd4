import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { validateFile } from '../../src/config/validate-file.ts'
import { documentOf, verdictGroups } from '../fixtures/config-verdicts/groups.ts'
import { problemsOf } from './broken.ts'

/** The values that real kubeadm accepts, recorded by record.ts. */
const taken = JSON.parse(
  readFileSync(new URL('../fixtures/config-verdicts/verdicts.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly string[]>>

describe.each(verdictGroups)('values for $name', group => {
  const { name, values, refusedByKadm = [] } = group
  const problems = (value: string) =>
    problemsOf(() =>
      validateFile({ path: 'kadm.yaml', text: documentOf(group, value) }, new Date(), {
        discoveryFiles: { exists: existsSync },
      }),
    )

  it(`kadm accepts the values for ${name} that kubeadm accepts, except the documented ones`, () => {
    const wanted = (taken[name] ?? []).filter(value => !refusedByKadm.includes(value))
    expect(values.filter(value => problems(value).length === 0)).toEqual(wanted)
  })

  it(`the documented rejected values for ${name} are values that kubeadm accepts`, () => {
    expect(refusedByKadm.filter(value => !taken[name]?.includes(value))).toEqual([])
  })

  it(`kadm reports place, reason and remedy for each rejected value for ${name}`, () => {
    for (const problem of values.flatMap(problems)) {
      expect(problem).toMatchObject({
        line: expect.any(Number),
        message: expect.any(String),
        remedy: expect.any(String),
      })
    }
  })
})
