import { describe, expect, it } from 'vitest'
import { parseStoredComponent } from '../../src/config/stored-component.ts'
import { parseStoredCluster } from '../../src/config/stored-configuration.ts'
import { toYaml } from '../../src/yaml/write.ts'

const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n'

describe('the configuration in a cluster', () => {
  it.each([
    ['failSwapOn: no', 'failSwapOn: false'],
    ['containerLogMaxFiles: 010', 'containerLogMaxFiles: 8'],
    ['maxPods: 1_10', 'maxPods: 110'],
    ['maxPods: 1.1e2', 'maxPods: 110'],
    ['enableServer: On', 'enableServer: true'],
    ['podPidsLimit: 9223372036854775807', 'podPidsLimit: 9223372036854775807'],
    ['clusterDomain: "no"', 'clusterDomain: "no"'],
    ['syncFrequency: 90s', 'syncFrequency: 1m30s'],
    ['evictionHard: {memory.available: "010"}', 'evictionHard:\n  memory.available: "010"'],
    ['registerWithTaints: [{key: "on", effect: NoSchedule}]', '- effect: NoSchedule\n  key: "on"'],
    ['notYetKnown: {a: yes}', 'notYetKnown:\n  a: true'],
  ])('a stored kubelet configuration is read and written as kubeadm does: %s', (line, written) => {
    const { tree } = parseStoredComponent(`${kubelet}${line}\n`, 'KubeletConfiguration')
    expect(toYaml(tree)).toContain(`${written}\n`)
  })

  it.each(['maxPods: many', 'clusterDomain: on', 'failSwapOn: "no"', 'maxPods: 2147483648', 'syncFrequency: null'])(
    'a stored kubelet configuration is rejected when it has a value of a wrong type: %s',
    line => {
      expect(() => parseStoredComponent(`${kubelet}${line}\n`, 'KubeletConfiguration')).toThrow(/is invalid/)
    },
  )

  it('an unknown field in a stored ClusterConfiguration produces only a warning', () => {
    const text = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnew: null\nproxy: {disabled: yes}\n'
    const { config, warnings } = parseStoredCluster(text)
    expect(config.proxy.disabled).toBe(true)
    expect(warnings).toEqual([expect.stringContaining('unknown field "new" is not used')])
  })
})
