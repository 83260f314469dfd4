import { describe, expect, it } from 'vitest'
import { setServerTlsBootstrap } from '../../src/render/server-tls-bootstrap.ts'

const head = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n'

describe('setServerTlsBootstrap', () => {
  it.each<[what: string, before: string, after: string]>([
    [
      'adds the field where kubeadm would write it',
      `${head}rotateCertificates: true\nstaticPodPath: /etc/kubernetes/manifests\n`,
      `${head}rotateCertificates: true\nserverTLSBootstrap: true\nstaticPodPath: /etc/kubernetes/manifests\n`,
    ],
    ['adds the field at the end', head, `${head}serverTLSBootstrap: true\n`],
    ['replaces false', `${head}serverTLSBootstrap: false\n`, `${head}serverTLSBootstrap: true\n`],
    [
      'keeps a text that has the value',
      `${head}serverTLSBootstrap:   true # kept\n`,
      `${head}serverTLSBootstrap:   true # kept\n`,
    ],
    [
      'keeps comments, quotes, lists and numbers',
      `# mine\n${head}clusterDNS:\n- "10.96.0.10" # dns\nmaxPods: 0x10\nvolumeStatsAggPeriod: 0s\n`,
      `# mine\n${head}clusterDNS:\n- "10.96.0.10" # dns\nmaxPods: 0x10\nserverTLSBootstrap: true\nvolumeStatsAggPeriod: 0s\n`,
    ],
    ['changes JSON', '{"kind":"KubeletConfiguration"}', '{"kind": "KubeletConfiguration",serverTLSBootstrap: true}\n'],
  ])('%s', (_, before, after) => {
    expect(setServerTlsBootstrap(before, true)?.replace(/,\s*server/, ',server')).toBe(after)
    expect(setServerTlsBootstrap(after, true)).toBe(after)
  })

  it('removes the field, so that the text is what it was before', () => {
    const text = `${head}rotateCertificates: true\nstaticPodPath: /etc/kubernetes/manifests\n`
    expect(setServerTlsBootstrap(setServerTlsBootstrap(text, true) ?? '', false)).toBe(text)
    expect(setServerTlsBootstrap(text, false)).toBe(text)
  })

  it.each(['- a\n', 'a: [\n', ''])('returns undefined for %j, which is not a configuration', text => {
    expect(setServerTlsBootstrap(text, true)).toBeUndefined()
  })
})
