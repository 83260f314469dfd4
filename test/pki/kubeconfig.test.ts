import { describe, expect, it } from 'vitest'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { kubeconfigReuse } from '../../src/pki/kubeconfig-reuse.ts'
import { oracleText } from './oracle.ts'

const admin = oracleText('ECDSA-P256/admin.conf')
const ca = oracleText('ECDSA-P256/ca.crt')

describe('parseKubeconfig', () => {
  it('parseKubeconfig returns the current context of a kubeconfig of kubeadm', () => {
    const read = parseKubeconfig(admin, 'admin.conf')
    expect(read).toMatchObject({
      context: 'kubernetes-admin@kubernetes',
      clusterName: 'kubernetes',
      server: 'https://api.example.test:6443',
      user: 'kubernetes-admin',
      caPem: ca,
      insecure: false,
    })
    expect(read.clientCertPem).toContain('BEGIN CERTIFICATE')
    expect(read.clientKeyPem?.reveal()).toContain('BEGIN EC PRIVATE KEY')
    expect(JSON.stringify(read)).not.toContain('PRIVATE KEY')
  })

  it('parseKubeconfig reads cluster-info, which has one cluster without a name and no context', () => {
    const text = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${Buffer.from(ca).toString('base64')}
    server: https://10.0.0.1:6443
  name: ""
contexts: null
current-context: ""
kind: Config
users: null
`
    expect(parseKubeconfig(text)).toEqual({
      context: '',
      clusterName: '',
      server: 'https://10.0.0.1:6443',
      user: '',
      caPem: ca,
      insecure: false,
    })
  })

  it('parseKubeconfig returns paths and tokens unchanged', () => {
    const text = `
clusters: [{name: c, cluster: {server: "https://a", certificate-authority: /ca.crt, tls-server-name: b, insecure-skip-tls-verify: true}}]
contexts: [{name: x, context: {cluster: c, user: u}}, {name: y, context: {cluster: gone, user: u}}]
current-context: x
users: [{name: u, user: {client-certificate: /c.pem, client-key: /k.pem, token: t0k, tokenFile: /t}}]
`
    const { token, ...read } = parseKubeconfig(text)
    expect(token?.reveal()).toBe('t0k')
    expect(read).toEqual({
      context: 'x',
      clusterName: 'c',
      server: 'https://a',
      user: 'u',
      insecure: true,
      caFile: '/ca.crt',
      tlsServerName: 'b',
      clientCertFile: '/c.pem',
      clientKeyFile: '/k.pem',
      tokenFile: '/t',
    })
  })

  it.each([
    ['is empty', '', 'has no context ""'],
    ['is a list', '- a', 'has no context ""'],
    ['is not YAML', 'token: "s3cret\n  a: }', 'is not YAML (line'],
    ['has no such context', 'current-context: x', 'has no context "x"'],
    ['has no such cluster', 'current-context: x\ncontexts: [{name: x, context: {cluster: c}}]', 'has no cluster "c"'],
    ['has no server', 'clusters: [{name: c, cluster: {}}]', 'has no server URL in cluster "c"'],
    [
      'has data that is not base64',
      'clusters: [{name: c, cluster: {server: "https://a", certificate-authority-data: "s3cret!"}}]',
      'has certificate-authority-data that is not base64',
    ],
  ])('parseKubeconfig rejects a kubeconfig that %s, without quoting it', (_, text, message) => {
    const thrown = expect.objectContaining({ code: 'KUBECONFIG_INVALID', message: expect.stringContaining(message) })
    expect(() => parseKubeconfig(text, 'x.conf')).toThrow(thrown)
    expect(() => parseKubeconfig(text, 'x.conf')).not.toThrow('s3cret')
  })
})

describe('kubeconfigReuse', () => {
  const now = new Date('2026-11-24T00:00:00Z')
  const expected = { file: 'admin.conf', ca, server: 'https://api.example.test:6443', now }

  it('a kubeconfig is created when it does not exist, and kept when it trusts the CA', () => {
    expect(kubeconfigReuse(undefined, expected)).toEqual({ action: 'create' })
    expect(kubeconfigReuse(admin, expected)).toMatchObject({ action: 'keep', warnings: [] })
    const bundle = { ...expected, ca: oracleText('RSA-2048/ca.crt') + ca }
    expect(kubeconfigReuse(admin, bundle)).toMatchObject({ action: 'keep' })
  })

  it('a kubeconfig that refers to the file of the CA is kept', () => {
    const text = admin.replace(/certificate-authority-data: .*/, 'certificate-authority: ca.crt')
    expect(kubeconfigReuse(text, { ...expected, referredCa: ca })).toMatchObject({ action: 'keep', warnings: [] })
    expect(() => kubeconfigReuse(text, expected)).toThrow('does not trust the CA')
  })

  it('a kubeconfig of another cluster is rejected', () => {
    const thrown = expect.objectContaining({ code: 'KUBECONFIG_INVALID', hint: expect.stringContaining('remove it') })
    expect(() => kubeconfigReuse(oracleText('RSA-2048/admin.conf'), expected)).toThrow(thrown)
  })

  it.each([
    ['another server', { server: 'https://other:6443' }, 'instead of https://other:6443'],
    ['an expired client', { now: new Date('2100-01-01') }, 'the client certificate in admin.conf expired on 2061-'],
  ])('a kubeconfig with %s is kept with a warning', (_, change, warning) => {
    const kept = kubeconfigReuse(admin, { ...expected, ...change })
    expect(kept).toMatchObject({ action: 'keep', warnings: [expect.stringContaining(warning)] })
  })
})
