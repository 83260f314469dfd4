import { describe, expect, it } from 'vitest'
import { parseInit } from '../../src/config/init.ts'
import { parseJoin } from '../../src/config/join.ts'
import { parseReset } from '../../src/config/reset.ts'
import { validateFile } from '../../src/config/validate-file.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { cluster, init, join, problemsOf } from './broken.ts'

const startedAt = new Date('2030-01-01T00:00:00Z')
const randomToken = () => 'abcdef.0123456789abcdef'
const file = (text: string) => ({ file: { path: 'kadm.yaml', text } })
const places = (act: () => unknown) => problemsOf(act).map(({ field, line }) => `${field}:${line}`)
const inInit = (text: string, more = {}) =>
  places(() => parseInit({ ...file(text), flags: {}, startedAt, randomToken, ...more }))

describe('one check of a configuration', () => {
  it('one check reports invalid values in one document and unknown fields in another', () => {
    const text = `${init('localAPIEndpoint: {bindPort: 99999}\n')}---\n${cluster('foo: 1\ncertificatesDir: pki\n')}`
    expect(inInit(text)).toEqual([
      'InitConfiguration.localAPIEndpoint.bindPort:3',
      'ClusterConfiguration.foo:7',
      'ClusterConfiguration.certificatesDir:8',
    ])
  })

  it('one check omits errors that could follow from an unreadable field', () => {
    const networking = 'networking: {serviceSubnets: 10.32.0.0/16, podSubnet: 10.96.0.0/16}\n'
    expect(inInit(cluster(networking))).toEqual(['ClusterConfiguration.networking.serviceSubnets:3'])
    const tokens = 'bootstrapTokens:\n- {token: abcdef.0123456789abcdef, tll: 1h}\n- {usages: [fly]}\n'
    expect(inInit(init(tokens))).toEqual(['InitConfiguration.bootstrapTokens[0].tll:4'])
    const discovery = 'discovery: {bootstrapTokn: {token: abcdef.0123456789abcdef}}\ncaCertPath: ca\n'
    expect(places(() => parseJoin({ ...file(join(discovery)), flags: {} }))).toEqual([
      'JoinConfiguration.discovery.bootstrapTokn:3',
      'JoinConfiguration.caCertPath:4',
    ])
  })

  it('one check reports invalid kubelet fields together with an invalid Kubernetes version', () => {
    const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: many\n'
    const text = `${cluster('kubernetesVersion: latest-and-greatest\ncertificatesDir: pki\n')}---\n${kubelet}`
    expect(inInit(text)).toEqual([
      'ClusterConfiguration.kubernetesVersion:3',
      'ClusterConfiguration.certificatesDir:4',
      'KubeletConfiguration.maxPods:8',
    ])
  })

  it('one check reports an unreadable patch directory together with other errors', () => {
    const patchFiles = () => {
      throw new KadmError('CONFIG_UNREADABLE', 'could not list', { hint: 'give another' })
    }
    const text = init('patches: {directory: /nowhere}\nnodeRegistration: {name: Under_score}\n')
    expect(inInit(text, { patchFiles })).toEqual([
      'InitConfiguration.patches.directory:3',
      'InitConfiguration.nodeRegistration.name:4',
    ])
    const joining = { endpoint: '10.0.0.1:6443', flags: { patches: '/nowhere', token: 'nonsense' }, patchFiles }
    const fields = problemsOf(() => parseJoin(joining)).map(({ field }) => field)
    expect(fields).toEqual(expect.arrayContaining(['--patches', '--token']))
  })

  it('one check reports only one error for two kinds of discovery', () => {
    const flags = { 'discovery-file': 'x' }
    const [problem, ...others] = problemsOf(() => parseJoin({ endpoint: 'a:1', flags }))
    expect(problem?.remedy).toContain('the endpoint or --discovery-file')
    expect(others).toEqual([])
  })

  it('one check names an invalid endpoint as the argument <endpoint>', () => {
    const flags = { token: randomToken(), 'discovery-token-unsafe-skip-ca-verification': true }
    const [problem] = problemsOf(() => parseJoin({ endpoint: 'a', flags }))
    expect(problem?.field).toBe('<endpoint>')
  })
})

describe('skipPhases', () => {
  const judgePhase = (name: string) => (name === 'nope' ? { message: 'no such phase', remedy: 'none' } : undefined)

  it('an unknown phase in skipPhases is reported with its line by commands and by validation', () => {
    const text = init('skipPhases:\n- certs\n- nope\n')
    expect(inInit(text, { judgePhase })).toEqual(['InitConfiguration.skipPhases[1]:5'])
    expect(
      places(() => validateFile({ path: 'kadm.yaml', text }, startedAt, { phases: { init: judgePhase } })),
    ).toEqual(['InitConfiguration.skipPhases[1]:5'])
    const reset = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\nskipPhases: [nope]\n'
    expect(places(() => parseReset({ ...file(reset), flags: {}, judgePhase }))).toEqual([
      'ResetConfiguration.skipPhases[0]:3',
    ])
  })

  it('skipPhases of the file is not checked when the flag --skip-phases is set', () => {
    const flags = { 'skip-phases': ['certs'] }
    expect(inInit(init('skipPhases: [nope]\n'), { judgePhase, flags })).toEqual([])
  })
})
