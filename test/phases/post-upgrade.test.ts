import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { postUpgrade } from '../../src/phases/post-upgrade/index.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const target = quickCluster({ config: { kubernetesVersion: 'v1.37.2' } })

describe('post-upgrade', () => {
  it('post-upgrade keeps the last three backups', async () => {
    const host = fakeHost()
    for (const run of ['a', 'b', 'c', 'd', 'e']) {
      const record = { run, node: 'cp1', from: 'v1.36.3', to: 'v1.37.2', files: [] }
      await host.writeFile({ path: `/var/lib/kadm/upgrades/${run}/record.json`, content: JSON.stringify(record) })
    }
    const { changes } = await runPhase(postUpgrade, { host, cluster: target })
    expect(changes).toEqual([
      'file /var/lib/kadm/upgrades/e/done',
      'remove /var/lib/kadm/upgrades/b',
      'remove /var/lib/kadm/upgrades/a',
    ])
    expect((await runPhase(postUpgrade, { host, cluster: target })).changes).toEqual([])
  })
})
