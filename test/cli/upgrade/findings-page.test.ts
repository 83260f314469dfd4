import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { upgradeChecks } from '../../../src/cluster/upgrade-plan.ts'

it('docs/upgrading.md explains every finding of a plan in its order', () => {
  const page = readFileSync(new URL('../../../docs/upgrading.md', import.meta.url), 'utf8')
  expect([...page.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, name]) => name)).toEqual(upgradeChecks)
})
