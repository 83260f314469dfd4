import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import type { BaseRequest } from '../../src/cluster/request.ts'
import { isKadmError } from '../../src/errors/kadm-error.ts'
import { stage as bind, type Phase } from '../../src/phases/phase.ts'
import { init, initPhases, join, joinPhases, reset, resetPhases } from '../../src/phases/pipelines.ts'
import { makePlan, oneByOne, type Selection, selectPhases } from '../../src/pipeline/plan.ts'
import { makeCluster, makeRequest } from '../fixtures/cluster.ts'
import { nodes, phase, plan, stage } from './steps.ts'

const certs = ['ca', 'apiserver', 'sa'].map(name => phase(`certs/${name}`))
const stages = [stage([phase('preflight'), certs, phase('upload-config/kubeadm'), phase('bootstrap-token')])]

function ids(pick: Selection): readonly string[] {
  return plan(stages, pick).steps.map(step => (step.skip === undefined ? step.phase.id : `-${step.phase.id}`))
}

describe('the selection', () => {
  it.each<readonly [string, Selection, readonly string[]]>([
    ['one phase', { only: ['preflight'] }, ['preflight']],
    ['one part of a family', { only: ['certs/sa'] }, ['certs/sa']],
    ['a family', { only: ['certs'] }, ['certs/ca', 'certs/apiserver', 'certs/sa']],
    ['all of a family', { only: ['certs/all'] }, ['certs/ca', 'certs/apiserver', 'certs/sa']],
    ['two of them', { only: ['preflight', 'certs/ca'] }, ['preflight', 'certs/ca']],
    ["kubeadm's alias uploadconfig", { only: ['uploadconfig'] }, ['upload-config/kubeadm']],
    ["kubeadm's alias bootstraptoken", { only: ['bootstraptoken'] }, ['bootstrap-token']],
    [
      'all but a family',
      { skip: ['certs'] },
      ['preflight', '-certs/ca', '-certs/apiserver', '-certs/sa', 'upload-config/kubeadm', 'bootstrap-token'],
    ],
    ['a family but one part', { only: ['certs'], skip: ['certs/sa'] }, ['certs/ca', 'certs/apiserver', '-certs/sa']],
  ])('the selection of phases accepts %s', (_, pick, expected) => {
    expect(ids(pick)).toEqual(expected)
  })

  it.each(['uploadconfig/kubeadm', 'uploadconfig/all', 'uploadconfig'])(
    "the selection of phases accepts kubeadm's alias in %s",
    name => {
      expect(ids({ only: [name] })).toEqual(['upload-config/kubeadm'])
    },
  )

  it.each(['cert', 'certs/etcd', 'certs/ca/x', '', 'Preflight'])(
    'the selection of phases rejects the unknown name %j and lists all names',
    name => {
      for (const pick of [{ only: [name] }, { skip: [name] }]) {
        expect(() => plan(stages, pick)).toThrow(
          expect.objectContaining({
            code: 'USAGE',
            message: `invalid phase name: ${name}`,
            hint: expect.stringMatching(/^phases of init: preflight, certs\/ca, .*bootstrap-token$/),
          }),
        )
      }
    },
  )
})

/**
 * Verified with kubeadm v1.36 and v1.37: `init phase certs ca` creates the CA although `skipPhases` of the file
 * contains certs.
 */
describe.each([
  { intent: 'init', ids: initPhases, stagesOf: (of: Cluster) => init(of, makeRequest()) },
  { intent: 'join', ids: joinPhases, stagesOf: (of: Cluster) => join(of, makeRequest()) },
  {
    intent: 'reset',
    ids: resetPhases,
    stagesOf: (of: Cluster) => reset(of.nodes.map(node => ({ cluster: of, node, request: makeRequest() }))),
  },
])('a single phase of $intent', ({ intent, ids: phases, stagesOf }) => {
  const cluster = makeCluster({ config: { dns: { disabled: true }, proxy: { disabled: true } } })
  const chosen = (only: string, skip: readonly string[]) =>
    makePlan(intent, stagesOf(cluster), selectPhases(only.split('/'), skip)).steps.map(
      ({ phase, node, skip: reason }) => ({ phase, node, skip: reason }),
    )

  it.each([...new Set(phases)])(
    `the single phase %s of ${intent} runs even when skipPhases in the file contains it`,
    id => {
      const [family = ''] = id.split('/')
      for (const named of [id, family]) {
        const steps = chosen(named, [id, family, 'preflight'])
        expect(steps.map(step => step.skip)).not.toContain('named by --skip-phases')
        expect(steps).toEqual(chosen(named, []))
      }
    },
  )
})

it.each(['addon/coredns', 'addon/kube-proxy', 'addon/all', 'addon'])(
  'the single phase %s runs even when the add-ons are disabled, as in kubeadm',
  name => {
    const cluster = makeCluster({ config: { dns: { disabled: true }, proxy: { disabled: true } } })
    const { steps } = makePlan('init', init(cluster, makeRequest()), selectPhases(name.split('/'), ['addon']))
    expect(steps.length).toBeGreaterThan(0)
    expect(steps.filter(step => step.skip !== undefined)).toEqual([])
  },
)

describe('the plan', () => {
  it('the plan keeps rows together and drops empty rows', () => {
    const [first] = plan(stages, { only: ['certs', 'bootstrap-token'] }).stages
    const [node] = first?.nodes ?? []
    const rows = node === undefined ? [] : (first?.rowsOf(node) ?? [])
    expect(rows.map(row => row.map(lane => lane.map(step => step.phase.id)))).toEqual([
      [['certs/ca'], ['certs/apiserver'], ['certs/sa']],
      [['bootstrap-token']],
    ])
  })

  it('the plan prefers the skip reason of the operator to that of the phase', () => {
    const own = [stage([phase('etcd/local', undefined, () => 'etcd is external')])]
    expect(plan(own).steps.map(step => step.skip)).toEqual(['etcd is external'])
    expect(plan(own, { skip: ['etcd'] }).steps.map(step => step.skip)).toEqual(['named by --skip-phases'])
  })

  it('the plan asks a phase for each node whether to skip it', () => {
    const onlyFirst = phase('mark', undefined, ({ node }) => (node.name === 'cp1' ? undefined : 'not the first'))
    const made = plan([stage([onlyFirst], nodes('cp1', 'cp2'))])
    expect(made.steps.map(step => [step.node.name, step.skip])).toEqual([
      ['cp1', undefined],
      ['cp2', 'not the first'],
    ])
  })

  it.each<readonly [string, Parameters<typeof makeCluster>[0], readonly string[]]>([
    ['a plain cluster', {}, ['upload-certs']],
    ['an external etcd', { config: { etcd: { external: { endpoints: [] } } } }, ['certs/etcd-ca', 'etcd/local']],
    ['a cluster without DNS', { config: { dns: { disabled: true } } }, ['addon/coredns']],
    ['a cluster without kube-proxy', { config: { proxy: { disabled: true } } }, ['addon/kube-proxy']],
  ])('the plan skips phases that are not needed for %s', (_, overrides, expected) => {
    const cluster = makeCluster(overrides)
    const skipped = makePlan('init', init(cluster, makeRequest()), {}).steps.filter(step => step.skip !== undefined)
    expect(skipped.map(step => step.phase.id)).toEqual(expect.arrayContaining([...expected]))
  })

  it('the plan throws an error with exit code 2 for an unknown phase', () => {
    try {
      plan(stages, { only: ['nothing'] })
      expect.unreachable()
    } catch (error) {
      expect(isKadmError(error) && error.exitCode).toBe(2)
    }
  })
})

it('oneByOne limits a plan to one node at a time', () => {
  const both = plan([{ ...stage([phase('preflight')]), nodes: nodes('a', 'b'), atOnce: 2 }])
  expect(oneByOne(both).stages.map(({ atOnce }) => atOnce)).toEqual([1])
  expect(oneByOne(both).steps).toBe(both.steps)
})

it('each stage of a plan has its own cluster and request, for example for two versions', async () => {
  const seen: string[] = []
  const upgrade: Phase<UpgradeAsked> = {
    id: 'upgrade',
    title: 'Upgrade',
    about: 'Upgrades a node.',
    skip: ({ cluster, request }) => (request.from === cluster.config.kubernetesVersion ? 'nothing to do' : undefined),
    run: async ({ cluster, request }) => void seen.push(`${request.from} > ${cluster.config.kubernetesVersion}`),
  }
  const [node] = nodes('cp1')
  if (node === undefined) throw new Error('no node')
  const hop = (from: string, kubernetesVersion: string) => {
    const target = {
      node,
      cluster: makeCluster({ config: { kubernetesVersion } }),
      request: { ...makeRequest(), from },
    }
    return bind({ id: `hop ${kubernetesVersion}`, targets: [target], atOnce: 1, rows: [upgrade] })
  }
  const { steps } = plan([hop('v1.35.1', 'v1.36.3'), hop('v1.36.3', 'v1.37.2'), hop('v1.37.2', 'v1.37.2')])
  for (const { task, skip } of steps) if (skip === undefined) await task.run(undefined as never)
  expect(seen).toEqual(['v1.35.1 > v1.36.3', 'v1.36.3 > v1.37.2'])
  expect(steps.at(-1)?.skip).toBe('nothing to do')
})

interface UpgradeAsked extends BaseRequest {
  readonly from: string
}
