import { expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { controlPlaneImages } from '../../src/cluster/images.ts'
import type { NodeRegistration } from '../../src/cluster/spec.ts'
import { imagesPull } from '../../src/phases/images/index.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const clusterWith = (registration: Partial<NodeRegistration>) => quickCluster({ nodes: [makeNode(registration)] })
const all = controlPlaneImages(quickCluster().config)
const [first = '', second = ''] = all

it.each([
  ['IfNotPresent', all.slice(2)],
  ['Always', all],
] as const)(
  'the images phase pulls and reports the images that policy %s requires',
  async (imagePullPolicy, wanted) => {
    for (const imagePullSerial of [true, false]) {
      const cri = fakeCri({ images: [first, second] })
      const outcome = await runPhase(imagesPull, { cri, cluster: clusterWith({ imagePullPolicy, imagePullSerial }) })
      expect(cri.pulled).toEqual(wanted)
      expect(outcome.changes).toEqual(wanted.map(image => `image ${image}`))
    }
  },
)

it('the images phase tries each image five times, lists the failed ones and pulls the others', async () => {
  const cri = fakeCri({ registry: all.slice(2) })
  const tries: string[] = []
  const pullImage = (image: string) => {
    tries.push(image)
    return cri.pullImage(image)
  }
  const counting = { ...cri, pullImage }
  const problems = [first, second].map(image =>
    expect.objectContaining({ message: expect.stringContaining(`failed to pull image ${image}: `) }),
  )
  const cluster = clusterWith({ imagePullSerial: true })
  await expect(runPhase(imagesPull, { cri: counting, cluster })).rejects.toMatchObject({
    code: 'CRI_FAILED',
    message: 'cp1 lacks 2 images',
    problems,
  })
  expect(tries.filter(image => image === first)).toHaveLength(5)
  expect(cri.pulled).toEqual(all.slice(2))
})

it('the images phase pulls nothing with policy Never and fails if an image is missing', async () => {
  const cluster = clusterWith({ imagePullPolicy: 'Never' })
  expect((await runPhase(imagesPull, { cri: fakeCri({ images: all }), cluster })).changes).toEqual([])
  const incomplete = fakeCri({ images: all.slice(1) })
  await expect(runPhase(imagesPull, { cri: incomplete, cluster })).rejects.toMatchObject({
    message: 'cp1 lacks an image',
    hint: expect.stringContaining('Never'),
  })
  expect(incomplete.pulled).toEqual([])
})
