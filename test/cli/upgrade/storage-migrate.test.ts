import { expect, it } from 'vitest'
import { runIntent } from '../../../src/cli/run/run-intent.ts'
import { storageMigrateIntent } from '../../../src/cli/upgrade/storage-migrate/intent.ts'
import { storageMigrateResult, storageMigrateText } from '../../../src/cli/upgrade/storage-migrate/result.ts'

const options = { kubeconfig: '/x', timeout: '5m', progress: 'quiet', output: 'text', v: 0 } as const

it.each([
  ['an invalid duration', { timeout: 'soon' }, /--timeout soon is not a duration/],
  ['a duration of zero', { timeout: '0s' }, /--timeout 0s is not a duration/],
  ['two hosts', { host: ['cp1', 'cp2'] }, /give exactly one --host/],
])('storage-migrate refuses %s before it reaches a host', async (_, wrong, words) => {
  await expect(runIntent(storageMigrateIntent, { ...options, ...wrong }, options)).rejects.toThrow(words)
})

it('the result of storage-migrate names the version and the resources', () => {
  const nothing = { values: [], changes: [], steps: [], absent: [], phases: [], warnings: [], judgements: [] }
  const report = { ...nothing, results: { migrated: ['secrets', 'deployments.apps'] }, seconds: 3 }
  const result = storageMigrateResult('v1.37.2', report)
  expect(result).toMatchObject({ version: 'v1.37.2', migrated: ['deployments.apps', 'secrets'] })
  expect(storageMigrateText(result)).toBe('The objects of 2 resources are stored as v1.37.2 stores them (3 s).\n')
})
