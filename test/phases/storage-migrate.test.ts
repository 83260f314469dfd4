import { describe, expect, it } from 'vitest'
import { type FakeKubeOptions, fakeKube } from '../../src/clients/kube/fake.ts'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import { storageMigrate } from '../../src/phases/storage-migrate/index.ts'
import { runPhase } from './run-phase.ts'

const labels = { 'app.kubernetes.io/managed-by': 'kadm' }

function migration(
  name: string,
  status?: { readonly type: string; readonly message?: string },
  version = 'v1.37.2',
): KubeObject {
  const [resource = '', ...group] = name.split('.')
  return {
    ...{ apiVersion: 'storagemigration.k8s.io/v1', kind: 'StorageVersionMigration' },
    metadata: { name: `kadm-${name}`, labels: { ...labels, 'kadm.io/storage-version': version } },
    spec: { resource: { group: group.join('.'), resource } },
    ...(status === undefined ? {} : { status: { conditions: [{ status: 'True', ...status }] } }),
  }
}

/** A server that ends each migration when it is created. */
function run(resources: readonly string[], options: FakeKubeOptions & { readonly end?: object } = {}, resumes = true) {
  const { end = { type: 'Succeeded' }, ...rest } = options
  const defaults = (object: KubeObject): KubeObject => ({
    ...object,
    status: { conditions: [{ status: 'True', ...end }] },
  })
  const kube = fakeKube({ defaults, ...rest })
  return { kube, outcome: runPhase(storageMigrate, { kube, request: { resources, resumes, waitMs: 50 } }) }
}

const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name)

describe('storage-migrate', () => {
  it('creates one migration for each resource, with its group, and deletes those that succeeded', async () => {
    const { kube, outcome } = run(['secrets', 'deployments.apps'])
    const { results, changes } = await outcome
    expect(results).toEqual([
      ['migrated', 'secrets'],
      ['migrated', 'deployments.apps'],
    ])
    expect(changes).toHaveLength(4)
    const created = kube.calls.filter(({ verb }) => verb === 'create').map(({ object }) => object?.spec)
    expect(created).toEqual([
      { resource: { group: '', resource: 'secrets' } },
      { resource: { group: 'apps', resource: 'deployments' } },
    ])
    expect(kube.objects()).toEqual([])
  })

  it('waits for a migration that an earlier run started', async () => {
    const running = migration('secrets', { type: 'Running' })
    const { kube, outcome } = run(['secrets'], { objects: [running] })
    await expect(outcome).rejects.toMatchObject({
      code: 'TIMEOUT',
      problems: [{ message: 'secrets is not migrated yet' }],
      hint: expect.stringContaining('run the same command again'),
    })
    expect(kube.calls.some(({ verb }) => verb === 'create' || verb === 'remove')).toBe(false)
  })

  it.each([
    ['failed', migration('secrets', { type: 'Failed' }), true],
    ['succeeded for another version', migration('secrets', { type: 'Succeeded' }, 'v1.36.3'), true],
    ['succeeded, of a resource that is named', migration('secrets', { type: 'Succeeded' }), false],
  ])('starts a migration again that %s in an earlier run', async (_, earlier, resumes) => {
    const { kube, outcome } = run(['secrets'], { objects: [earlier] }, resumes)
    expect((await outcome).results).toEqual([['migrated', 'secrets']])
    expect(kube.calls.filter(({ verb }) => verb === 'create')).toHaveLength(1)
    expect(kube.objects()).toEqual([])
  })

  it('counts a migration that succeeded after an earlier run had stopped', async () => {
    const { kube, outcome } = run(['secrets'], { objects: [migration('secrets', { type: 'Succeeded' })] })
    expect((await outcome).results).toEqual([['migrated', 'secrets']])
    expect(kube.calls.filter(({ verb }) => verb === 'create')).toEqual([])
    expect(kube.objects()).toEqual([])
  })

  it('leaves the migrations of others', async () => {
    const other = { ...migration('pods'), metadata: { name: 'pods-by-hand' } }
    const { kube, outcome } = run(['secrets'], { objects: [other] })
    await outcome
    expect(names(kube.objects())).toEqual(['pods-by-hand'])
  })

  it('names the cause of a migration that fails, and keeps its object', async () => {
    const end = { type: 'Failed', message: 'the webhook of widgets does not answer' }
    const { kube, outcome } = run(['widgets.example.com'], { end })
    await expect(outcome).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      problems: [{ message: 'widgets.example.com: the webhook of widgets does not answer' }],
    })
    expect(names(kube.objects())).toEqual(['kadm-widgets.example.com'])
  })
})
