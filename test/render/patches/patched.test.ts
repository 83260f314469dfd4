import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkPatches } from '../../../src/cli/run/check-patches.ts'
import { patchFiles } from '../../../src/cli/run/patch-files.ts'
import { type Cluster, type ControlPlaneNode, controlPlanesOf } from '../../../src/cluster/cluster.ts'
import type { JsonObject } from '../../../src/cluster/json.ts'
import { completeInit } from '../../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../../src/config/init.ts'
import { renderEtcd } from '../../../src/render/etcd.ts'
import { renderKubeApiserver } from '../../../src/render/kube-apiserver.ts'
import { renderKubeControllerManager } from '../../../src/render/kube-controller-manager.ts'
import { renderKubeScheduler } from '../../../src/render/kube-scheduler.ts'
import { renderKubeletConfig } from '../../../src/render/kubelet.ts'
import { corednsDeployment } from '../../../src/render/objects/coredns.ts'
import { kubeProxyObjects } from '../../../src/render/objects/kube-proxy.ts'
import { readApiObject } from '../../../src/render/patches/api-object.ts'
import { toYaml } from '../../../src/yaml/write.ts'
import { makeFacts } from '../../fixtures/cluster.ts'
import { recordedCaDirs } from '../cases.ts'

/** Files that record.sh recorded from real kubeadm v1.37.2, or its errors, for the patches of each directory. */
const root = fileURLToPath(new URL('../../fixtures/patches', import.meta.url))
const config = readFileSync(join(root, 'config.yaml'), 'utf8')
const all = readdirSync(join(root, 'cases'))
const refused = all.filter(name => existsSync(join(root, 'cases', name, 'error.txt')))
/** kubeadm silently drops an unknown field. */
const stricter = ['unknown-field']

const files: Readonly<Record<string, (cluster: Cluster, node: ControlPlaneNode) => string>> = {
  'kube-apiserver.yaml': (cluster, node) => toYaml(renderKubeApiserver(cluster, node)),
  'kube-controller-manager.yaml': (cluster, node) => toYaml(renderKubeControllerManager(cluster, node)),
  'kube-scheduler.yaml': (cluster, node) => toYaml(renderKubeScheduler(cluster, node)),
  'etcd.yaml': (cluster, node) => toYaml(renderEtcd(cluster, node)),
  'config.yaml': renderKubeletConfig,
}

const addons: Readonly<Record<string, (cluster: Cluster, node: ControlPlaneNode) => JsonObject | undefined>> = {
  'coredns.yaml': cluster => corednsDeployment(cluster),
  'kube-proxy.yaml': (cluster, node) => kubeProxyObjects(cluster, node).find(({ kind }) => kind === 'DaemonSet'),
}

function load(directory: string | undefined): { readonly cluster: Cluster; readonly node: ControlPlaneNode } {
  const text = config.replace(/^patches:.*$/m, directory === undefined ? '' : `patches: {directory: "${directory}"}`)
  const parsed = parseInit({
    file: { path: 'config.yaml', text },
    flags: {},
    startedAt: new Date(0),
    randomToken: () => 'abcdef.0123456789abcdef',
    patchFiles,
  })
  const { cluster } = completeInit(settleInit(parsed, undefined), makeFacts({ caDirs: recordedCaDirs }))
  const [node] = controlPlanesOf(cluster)
  if (node === undefined) throw new Error('init has a node')
  return { cluster, node }
}

const patchesOf = (name: string) => join(root, 'cases', name, 'patches')

describe.each(all.filter(name => !refused.includes(name) && !stricter.includes(name)))('the patch case %s', name => {
  const { cluster, node } = load(patchesOf(name))
  const base = load(undefined)
  const expected = (file: string) => {
    const path = join(root, 'cases', name, file)
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }

  it.each(Object.keys(files))('the patched %s is identical to that of kubeadm', file => {
    const render = files[file] ?? (() => '')
    expect(render(cluster, node)).toBe(expected(file) ?? render(base.cluster, base.node))
  })

  it.each(Object.keys(addons))('the patched object of %s is identical to that of kubeadm', file => {
    const render = addons[file] ?? (() => undefined)
    const text = expected(file)
    const recorded = text === undefined ? undefined : (parse(text) as JsonObject)
    const type = String(render(cluster, node)?.kind)
    const wanted = recorded === undefined ? render(base.cluster, base.node) : readApiObject(type, recorded).tree
    expect(render(cluster, node)).toEqual(wanted)
  })

  it('checkPatches accepts valid patches before anything is changed', () => {
    expect(() => checkPatches('init', cluster)).not.toThrow()
  })
})

describe.each([...refused, ...stricter])('the patch case %s', name => {
  it('checkPatches rejects a patch before anything is changed, with file and line', () => {
    const path = join(patchesOf(name), readdirSync(patchesOf(name))[0] ?? '')
    const check = () => checkPatches('init', load(patchesOf(name)).cluster)
    const problem = expect.objectContaining({ file: path, message: expect.stringMatching(/./) })
    expect(check).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', problems: [problem] }))
  })
})
