import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { planUpgrade, type RunningComponent } from '../../src/cluster/upgrade-plan.ts'
import { configVersions } from '../../src/observe/cluster/upgrade/config-versions.ts'
import { upgradeTables } from '../../src/ui/upgrade-tables.ts'
import { makeConfig } from '../fixtures/cluster.ts'

const recorded = (name: string) => readFileSync(new URL(`../fixtures/upgrade-plan/${name}`, import.meta.url), 'utf8')

const controlPlane = (node: string, version: string, etcd: string): readonly RunningComponent[] => [
  ...(['kubelet', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const).map(name => ({
    name,
    node,
    version,
  })),
  { name: 'etcd', node, version: etcd },
]
const running = { cluster: '1.36.3', components: controlPlane('cp1', 'v1.36.3', '3.6.8-0'), coredns: 'v1.14.2' }
const options = { config: makeConfig({ kubernetesVersion: 'v1.36.3' }), etcdUpgrade: true }
const configs = configVersions({
  clusterConfiguration: '',
  kubelet: 'apiVersion: kubelet.config.k8s.io/v1beta1\n',
  kubeProxy: 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\n',
})
/** kubeadm's description of a named version, whatever its minor version is. */
const upgrade = { description: 'version in the v1.36 series', version: 'v1.37.2' }

describe('the plan of kubeadm for one control plane', () => {
  it('the text is identical but for the name of the program', () => {
    const text = recorded('plan.text')
    const tables = text.slice(text.indexOf('Components that must'))
    expect(upgradeTables([planUpgrade(upgrade, running, options)], configs)).toBe(
      tables
        .replaceAll('kubeadm upgrade apply', 'kadm upgrade apply')
        .replace('version of kubeadm.', 'version of kadm.'),
    )
  })

  it.each(['json', 'yaml'])('the object in %s is identical', format => {
    expect(parse(recorded(`plan.${format}`))).toEqual({
      kind: 'UpgradePlan',
      apiVersion: 'output.kubeadm.k8s.io/v1alpha3',
      availableUpgrades: [planUpgrade(upgrade, running, options)],
      configVersions: configs,
    })
  })
})

const rows = (name: string, found: ReturnType<typeof planUpgrade>) =>
  found.components
    .filter(one => one.name === name)
    .map(one => `${one.nodeName} ${one.currentVersion} ${one.newVersion}`)

describe('the rows of an upgrade', () => {
  const mixed = [...controlPlane('cp2', 'v1.37.2', '3.7.0-0'), ...controlPlane('cp1', 'v1.36.3', '3.6.8-0')]

  it('components of several nodes are sorted by their version', () => {
    const found = planUpgrade(upgrade, { ...running, components: mixed }, options)
    expect(rows('kube-apiserver', found)).toEqual(['cp1 v1.36.3 v1.37.2', 'cp2 v1.37.2 v1.37.2'])
    expect(rows('kubelet', found)).toEqual(['cp1 v1.36.3 v1.37.2', 'cp2 v1.37.2 v1.37.2'])
  })

  it('kubelets are left out if all have the target version', () => {
    const found = planUpgrade({ ...upgrade, version: 'v1.36.3' }, running, options)
    expect(rows('kubelet', found)).toEqual([])
  })

  it('etcd is left out without --etcd-upgrade, and if it is external', () => {
    const external = makeConfig({ etcd: { external: { endpoints: ['https://10.0.0.9:2379'] } } })
    expect(rows('etcd', planUpgrade(upgrade, running, { ...options, etcdUpgrade: false }))).toEqual([])
    expect(rows('etcd', planUpgrade(upgrade, running, { ...options, config: external }))).toEqual([])
  })

  it('tags in the configuration are the target versions of CoreDNS and etcd', () => {
    const config = makeConfig({ dns: { imageTag: 'v1.12.0' }, etcd: { local: { dataDir: '/e', imageTag: '3.5.0-0' } } })
    const found = planUpgrade(upgrade, running, { ...options, config })
    expect(rows('CoreDNS', found)).toEqual(['undefined v1.14.2 v1.12.0'])
    expect(rows('etcd', found)).toEqual(['cp1 3.6.8-0 3.5.0-0'])
  })

  it('a cluster without CoreDNS has no row for it if dns.disabled is set', () => {
    const { coredns: _, ...without } = running
    const config = makeConfig({ dns: { disabled: true } })
    expect(rows('CoreDNS', planUpgrade(upgrade, without, { ...options, config }))).toEqual([])
  })

  it('the command for a release candidate has its flag', () => {
    const text = upgradeTables([planUpgrade({ ...upgrade, version: 'v1.37.0-rc.1' }, running, options)], configs)
    expect(text).toContain('\tkadm upgrade apply v1.37.0-rc.1 --allow-release-candidate-upgrades\n')
  })
})
