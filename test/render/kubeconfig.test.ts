import { describe, expect, it } from 'vitest'
import { secret } from '../../src/cluster/secret.ts'
import {
  renderBootstrapKubeconfig,
  renderClusterInfoKubeconfig,
  renderKubeconfig,
} from '../../src/render/kubeconfig.ts'

/** Form and order of keys as kubeadm 1.37.2 writes them. */
const cluster = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0EK
    server: https://[fd00::1]:6443
  name: production
`
const base = { clusterName: 'production', server: 'https://[fd00::1]:6443', caPem: 'CA\n' }

describe('renderKubeconfig', () => {
  it('renderKubeconfig embeds a certificate and its key', () => {
    const text = renderKubeconfig({ ...base, user: 'jane', clientCertPem: 'CERT\n', clientKeyPem: secret('KEY\n') })
    expect(text.reveal()).toBe(`${cluster}contexts:
- context:
    cluster: production
    user: jane
  name: jane@production
current-context: jane@production
kind: Config
users:
- name: jane
  user:
    client-certificate-data: Q0VSVAo=
    client-key-data: S0VZCg==
`)
  })

  it('renderKubeconfig writes a token, and quotes names that YAML would misread', () => {
    const text = renderKubeconfig({ ...base, user: 'jane: doe', token: secret('abcdef.0123456789abcdef') })
    expect(text.reveal()).toBe(`${cluster}contexts:
- context:
    cluster: production
    user: 'jane: doe'
  name: 'jane: doe@production'
current-context: 'jane: doe@production'
kind: Config
users:
- name: 'jane: doe'
  user:
    token: abcdef.0123456789abcdef
`)
  })

  it('renderKubeconfig refers to the certificate files that the kubelet rotates', () => {
    const pem = '/var/lib/kubelet/pki/kubelet-client-current.pem'
    const text = renderKubeconfig({ ...base, user: 'system:node:cp1', clientCertificate: pem, clientKey: pem })
    expect(text.reveal()).toContain(`users:
- name: system:node:cp1
  user:
    client-certificate: ${pem}
    client-key: ${pem}
`)
  })

  it('renderKubeconfig leaves out the certificate and CA that an external CA adds later', () => {
    const { clusterName, server } = base
    const text = renderKubeconfig({ clusterName, server, user: 'jane', clientKeyPem: 'KEY\n' }).reveal()
    expect(text).toContain('clusters:\n- cluster:\n    server: https://[fd00::1]:6443\n  name: production\n')
    expect(text).toContain('  user:\n    client-key-data: S0VZCg==\n')
  })

  it('renderKubeconfig returns a secret that does not appear in strings or JSON', () => {
    const text = renderKubeconfig({ ...base, user: 'jane', token: 'abcdef.0123456789abcdef' })
    expect(`${text} ${JSON.stringify({ text })}`).not.toContain('abcdef')
  })
})

it('renderBootstrapKubeconfig names its context as kubeadm does, with any cluster name', () => {
  const text = renderBootstrapKubeconfig({ ...base, token: secret('abcdef.0123456789abcdef') }).reveal()
  expect(text).toContain(`contexts:
- context:
    cluster: production
    user: tls-bootstrap-token-user
  name: tls-bootstrap-token-user@kubernetes
current-context: tls-bootstrap-token-user@kubernetes
`)
})

it('renderClusterInfoKubeconfig contains only the server and its CA', () => {
  expect(renderClusterInfoKubeconfig({ server: 'https://10.0.0.1:6443', caPem: 'CA\n' })).toBe(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0EK
    server: https://10.0.0.1:6443
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`)
})
