import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { toClusterConfigurationTree } from '../../src/config/cluster-configuration-tree.ts'
import { completeInit, type LoadedConfig, parseInit } from '../../src/config/init.ts'
import { toYaml } from '../../src/render/yaml.ts'
import { makeFacts } from '../fixtures/cluster.ts'

const root = new URL('./cases/', import.meta.url)
const startedAt = new Date('2030-01-01T00:00:00Z')
const randomToken = () => 'abcdef.0123456789abcdef'

function load(text: string | undefined, flags = {}, facts = makeFacts()): LoadedConfig {
  const file = text === undefined ? {} : { file: { path: 'kadm.yaml', text } }
  return completeInit(parseInit({ ...file, flags, startedAt, randomToken }), facts)
}

/** Each folder: a configuration, and the values of the ConfigMaps that kubeadm made of it. */
describe.each(readdirSync(root))('the case %s, byte for byte as kubeadm', name => {
  const read = (file: string) => readFileSync(new URL(`${name}/${file}`, root), 'utf8')
  const { cluster, warnings } = load(read('config.yaml'))

  it('stores the ClusterConfiguration', () => {
    expect(toYaml(toClusterConfigurationTree(cluster.config))).toBe(read('kubeadm-config.yaml'))
  })

  it('stores the configuration of the kubelet', () => {
    expect(toYaml(cluster.kubelet.tree)).toBe(read('kubelet-config.yaml'))
  })

  it('stores the configuration of kube-proxy', () => {
    expect(toYaml(cluster.kubeProxy.tree).trimEnd()).toBe(read('kube-proxy.yaml').trimEnd())
  })

  it('warns of what kubeadm warns of', () => {
    expect(warnings).toEqual(expect.arrayContaining(read('warnings.txt').split('\n').filter(Boolean)))
  })
})
