import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkPatches } from '../../src/cli/run/check-patches.ts'
import { patchFiles } from '../../src/cli/run/patch-files.ts'
import type { Json } from '../../src/cluster/json.ts'
import type { Patch, PatchTarget } from '../../src/cluster/patch.ts'
import { makeCluster, makeNode } from '../fixtures/cluster.ts'
import { deadHost, runKadm } from './run-kadm.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kadm-patches-'))
  for (const path of ['b', 'b/c', 'a-last']) await mkdir(join(dir, path))
  for (const path of ['z.yaml', 'b/2.yaml', 'b/c/1.yaml', 'a.yaml', 'a-last/0.yaml', 'B.yaml']) {
    await writeFile(join(dir, path), path)
  }
  await symlink(dir, join(dir, 'link'))
})
afterAll(() => rm(dir, { recursive: true }))

describe('a directory of patches', () => {
  it('patch files are read in order of their names, without following links to directories', () => {
    const files = patchFiles(dir)
    const order = ['B.yaml', 'a-last/0.yaml', 'a.yaml', 'b/2.yaml', 'b/c/1.yaml', 'link', 'z.yaml']
    expect(files.map(({ path }) => relative(dir, path))).toEqual(order)
    expect(files[3]?.read()).toBe('b/2.yaml')
  })

  it.each([
    ['nothing', 'no such directory'],
    ['z.yaml', 'not a directory'],
    ['link', 'not a directory'],
  ])('a patch directory is rejected when it is %s', (name, reason) => {
    const path = join(dir, name)
    const message = `could not list patch files for path "${path}": ${reason}`
    expect(() => patchFiles(path)).toThrow(expect.objectContaining({ code: 'CONFIG_UNREADABLE', message }))
  })

  it.each(['init', 'join 10.0.0.1:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification'])(
    'the patch directory is checked before a host is reached by %s',
    async command => {
      const argv = [...command.split(' '), '--patches', '{dir}', ...deadHost]
      const { code, stderr } = await runKadm(argv, { 'etcd+jsn.yaml': '[]' })
      expect(code).toBe(2)
      expect(stderr).toContain("{dir}/etcd+jsn.yaml  unknown or missing patch type after '+'")
    },
  )
})

const patch = (target: PatchTarget, body: Json, line = 1): Patch => ({
  ...{ target, type: 'strategic', file: `${target}.yaml`, line, body },
})
const withPatches = (...patches: readonly Patch[]) => makeCluster({ patches })
const problemsOf = (act: () => void) => {
  try {
    act()
    return []
  } catch (error) {
    return (error as { problems: readonly { file: string; line: number; field?: string; message: string }[] }).problems
  }
}

describe('invalid patches', () => {
  it('all invalid patches are reported before anything changes', () => {
    const cluster = withPatches(
      patch('etcd', { spec: { $patch: 'smash' } }),
      patch('kube-scheduler', { spec: { hostNetwrk: true } }, 4),
      patch('corednsdeployment', { spec: { replicas: 'two' } }),
      patch('kubeproxydaemonset', { spec: { template: { spec: { containers: [{}] } } } }),
      patch('kubeletconfiguration', { maxPodz: 5 }, 3),
    )
    expect(problemsOf(() => checkPatches('init', cluster)).map(({ file, line }) => `${file}:${line}`)).toEqual([
      'kubeletconfiguration.yaml:3',
      'kube-scheduler.yaml:4',
      'etcd.yaml:1',
      'corednsdeployment.yaml:1',
      'kubeproxydaemonset.yaml:1',
    ])
  })

  it('an invalid patch of etcd is not an error when all hosts join as workers', () => {
    const nodes = [makeNode({ role: 'worker' })]
    const wrong = [patch('etcd', { spec: { $patch: 'smash' } })]
    expect(problemsOf(() => checkPatches('join', makeCluster({ nodes, patches: wrong })))).toEqual([])
  })

  it('a kubelet patch with an unknown field or a wrong type is reported with its line', () => {
    const cluster = withPatches(
      patch('kubeletconfiguration', { maxPods: 5 }),
      patch('kubeletconfiguration', { maxPodz: 5 }, 7),
      patch('kubeletconfiguration', { failSwapOn: 'no' }, 9),
    )
    const problems = problemsOf(() => checkPatches('init', cluster))
    expect(problems.map(({ field, line }) => [field, line])).toEqual([
      ['maxPodz', 7],
      ['failSwapOn', 9],
    ])
  })
})
