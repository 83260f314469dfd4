import { expect, it } from 'vitest'
import { compose } from '../../src/compose/compose.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { type Phase, stage } from '../../src/phases/phase.ts'
import { makeCluster, makeRequest } from '../fixtures/cluster.ts'

it('closing the run ends a wait of a step', async () => {
  const cluster = makeCluster()
  const [node] = cluster.nodes
  if (node === undefined) throw new Error('the cluster has no node')
  const { signal } = new AbortController()
  const key = () => Promise.reject(new Error('no key is made'))
  const session = { run: 'test', startedAt: new Date(), signal, key }
  const { open, close } = compose({ session, hosts: new Map([[node, fakeHost()]]) })
  const phase: Phase = { id: 'x/y', title: 'x', about: 'x', run: async () => undefined }
  const [task] = stage({ id: 's', targets: [{ cluster, node, request: makeRequest() }], atOnce: 1, rows: [phase] })
    .rowsOf(node)
    .flat(2)
  if (task === undefined) throw new Error('the stage has no task')
  const { until } = open({ stage: 's', task, phase, node }, { record: () => undefined, report: () => undefined })
  const waiting = until('what never comes', async () => undefined, { timeoutMs: 600_000, assume: undefined })
  close()
  await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' })
})
