import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { manifestOf, printManifest } from '../../../src/cli/init/print-manifest.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

const kindsIn = (text: string) => parseAllDocuments(text).map(document => (document.toJS() as { kind: string }).kind)

describe('--print-manifest', () => {
  it('--print-manifest prints every object of an add-on as a YAML document or as JSON', () => {
    const target = { cluster: makeCluster(), node: makeNode() }
    const coredns = printManifest(manifestOf(['addon', 'coredns'])(target), 'text')
    expect(coredns).toMatch(/^---\n/)
    expect(kindsIn(coredns)).toEqual([
      ...['Deployment', 'ConfigMap', 'Service', 'ClusterRole', 'ClusterRoleBinding', 'ServiceAccount'],
    ])
    const kubeProxy = manifestOf(['addon', 'kube-proxy'])(target)
    const proxy = printManifest(kubeProxy, 'yaml')
    expect(kindsIn(proxy)).toEqual(expect.arrayContaining(['ConfigMap', 'DaemonSet', 'ServiceAccount', 'Role']))
    expect(printManifest(kubeProxy, 'json')).toMatch(/^\{\n {4}"/)
  })

  it('--print-manifest is valid only for the phase of a single add-on', async () => {
    expect(() => manifestOf(['addon', 'all'])).toThrow(/not a flag of the phase addon\/all/)
    const { code, stderr } = await runKadm(['init', 'phase', 'certs', 'all', '--print-manifest', ...deadHost])
    expect(code).toBe(2)
    expect(stderr).toContain('--print-manifest is not a flag of the phase certs/all')
  }, 60_000)

  it.each(['addon', 'addon all'])(
    '`init phase %s` rejects --print-manifest and does not list it in its help',
    async family => {
      const phase = ['init', 'phase', ...family.split(' ')]
      expect((await runKadm([...phase, '--help'])).stdout).not.toContain('--print-manifest')
      const { code, stderr } = await runKadm([...phase, '--print-manifest', ...deadHost])
      expect([code, stderr]).toEqual([2, expect.stringContaining('kadm init phase addon coredns --print-manifest')])
    },
    60_000,
  )
})
