import { describe, expect, it } from 'vitest'
import type { InstalledKubelet } from '../../src/cluster/releases.ts'
import { parseInit, settleInit } from '../../src/config/init.ts'
import { migrateFile } from '../../src/config/migrate-file.ts'
import { validateFile } from '../../src/config/validate-file.ts'
import { makeFacts } from '../fixtures/cluster.ts'
import { problemsOf } from './broken.ts'

const startedAt = new Date('2030-01-01T00:00:00Z')
const randomToken = () => 'abcdef.0123456789abcdef'
const file = (...lines: readonly string[]) => ({
  path: 'kadm.yaml',
  text: ['apiVersion: kubeadm.k8s.io/v1beta4', 'kind: ClusterConfiguration', ...lines, ''].join('\n'),
})
const kubelet = (version: string): InstalledKubelet => ({ host: 'cp1', version })
const withKubelet = (version: string, ...lines: readonly string[]) =>
  settleInit(parseInit({ file: file(...lines), flags: {}, startedAt, randomToken }), kubelet(version))

describe('a configuration without a Kubernetes version', () => {
  it.each([
    ['no file and no flag', {}],
    ['an empty flag', { flags: { 'kubernetes-version': '' } }],
    ['a file without kubernetesVersion', { file: file() }],
    ['an empty kubernetesVersion', { file: file('kubernetesVersion: ""') }],
  ])('the kubelet sets the Kubernetes version: %s', (_, given) => {
    const parsed = parseInit({ flags: {}, ...given, startedAt, randomToken })
    expect(settleInit(parsed, kubelet('v1.36.1')).config.kubernetesVersion).toBe('v1.36.3')
    expect(settleInit(parsed, undefined).config.kubernetesVersion).toBe('v1.37.2')
  })

  it.each([
    ['a label in a flag', { flags: { 'kubernetes-version': 'stable-1' } }, 'v1.37.2'],
    ['a label in a file', { file: file('kubernetesVersion: stable-1') }, 'v1.37.2'],
    ['a label of a minor version', { flags: { 'kubernetes-version': 'latest-1.37' } }, 'v1.37.2'],
    ['a version', { file: file('kubernetesVersion: v1.37.0') }, 'v1.37.0'],
  ])('the kubelet does not change a Kubernetes version that is set: %s', (_, given, version) => {
    const parsed = parseInit({ flags: {}, ...given, startedAt, randomToken })
    expect(settleInit(parsed, kubelet('v1.36.3')).config.kubernetesVersion).toBe(version)
  })

  it('settings of one minor version are valid with a kubelet of that minor version alone', () => {
    const gate = 'featureGates: {PublicKeysECDSA: true}'
    expect(withKubelet('v1.36.3', gate).config).toMatchObject({ featureGates: { PublicKeysECDSA: true } })
    expect(problemsOf(() => withKubelet('v1.37.2', gate))).toEqual([
      expect.objectContaining({
        field: 'ClusterConfiguration.featureGates.PublicKeysECDSA',
        file: 'kadm.yaml',
        line: 3,
      }),
    ])
  })

  it('settings that fit no minor version are refused before a host is reached', () => {
    const parse = () => parseInit({ file: file('featureGates: {Nothing: true}'), flags: {}, startedAt, randomToken })
    expect(problemsOf(parse)).toHaveLength(1)
  })

  it('config validate warns of settings that only some kubelets allow', () => {
    const { warnings } = validateFile(file('featureGates: {PublicKeysECDSA: true}'), startedAt)
    expect(warnings).toEqual([
      'with a kubelet v1.37.2, init refuses ClusterConfiguration.featureGates.PublicKeysECDSA: PublicKeysECDSA is not a valid feature name.',
    ])
  })

  it('config migrate writes the Kubernetes version that the kubelet sets', () => {
    const input = { file: file(), facts: makeFacts(), startedAt, randomToken }
    const versionOf = (version: string) =>
      migrateFile({ ...input, kubelet: kubelet(version) }).map(document => document.kubernetesVersion)
    expect(versionOf('v1.36.0')).toEqual([undefined, 'v1.36.3'])
    expect(versionOf('v1.37.0')).toEqual([undefined, 'v1.37.2'])
  })
})
