import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { validateFile } from '../../src/config/validate-file.ts'
import { documentOf, verdictGroups } from '../fixtures/config-verdicts/groups.ts'
import { problemsOf } from './broken.ts'

/** The values that real kubeadm takes; record.ts beside the groups writes them. */
const taken = JSON.parse(
  readFileSync(new URL('../fixtures/config-verdicts/verdicts.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly string[]>>

describe.each(verdictGroups)('of values for $name, kadm', group => {
  const { name, values, refusedByKadm = [] } = group
  const problems = (value: string) =>
    problemsOf(() =>
      validateFile({ path: 'kadm.yaml', text: documentOf(group, value) }, new Date(), {
        discoveryFiles: { exists: existsSync },
      }),
    )

  it('takes those that kubeadm takes, but for the documented ones', () => {
    const wanted = (taken[name] ?? []).filter(value => !refusedByKadm.includes(value))
    expect(values.filter(value => problems(value).length === 0)).toEqual(wanted)
  })

  it('refuses on purpose only what kubeadm takes', () => {
    expect(refusedByKadm.filter(value => !taken[name]?.includes(value))).toEqual([])
  })

  it('says of each that it refuses where it is, why, and what to do', () => {
    for (const problem of values.flatMap(problems)) {
      expect(problem).toMatchObject({
        line: expect.any(Number),
        message: expect.any(String),
        remedy: expect.any(String),
      })
    }
  })
})
