import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { waitComponents } from '../../src/phases/wait-control-plane/index.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const refused = new KadmError('API_UNREACHABLE', 'https://lb.example:6443 cannot be reached: connection refused')
const behindBalancer = quickCluster({ config: { controlPlaneEndpoint: 'lb.example:6443' } })

describe('the endpoint of a new cluster', () => {
  it('is looked at once the API server answers, and told when it does not', async () => {
    let asked = 0
    const kube = fakeKube({ fail: () => (asked++ < 2 ? refused : undefined) })
    expect((await runPhase(waitComponents, { kube, cluster: behindBalancer })).warnings).toEqual([])
    expect(kube.calls.map(({ what }) => what)).toEqual(['/livez', '/livez', '/livez'])
  })

  it('that stays silent is a warning that names it, the reason and what is behind it', async () => {
    const kube = fakeKube({ fail: () => refused })
    const { warnings } = await runPhase(waitComponents, { kube, cluster: behindBalancer })
    expect(warnings).toEqual([
      expect.stringMatching(
        /endpoint does not: .*https:\/\/lb\.example:6443 .*connection refused.* leads to \S+:6443$/,
      ),
    ])
  }, 20_000)

  it('is this node itself where none was given', async () => {
    const kube = fakeKube()
    await runPhase(waitComponents, { kube })
    expect(kube.calls).toEqual([])
  })
})
