import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { addonToPrint, printManifest } from '../../../src/cli/init/print-manifest.ts'
import { makeCluster, makeNode } from '../../fixtures/cluster.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

const kindsIn = (text: string) => parseAllDocuments(text).map(document => (document.toJS() as { kind: string }).kind)

describe('--print-manifest', () => {
  it('prints every object of an add-on as YAML, each behind a line of its own, or as JSON', () => {
    const [cluster, node] = [makeCluster(), makeNode()]
    const coredns = printManifest('addon/coredns', cluster, node, 'text')
    expect(coredns).toMatch(/^---\n/)
    expect(kindsIn(coredns)).toEqual([
      ...['Deployment', 'ConfigMap', 'Service', 'ClusterRole', 'ClusterRoleBinding', 'ServiceAccount'],
    ])
    const proxy = printManifest('addon/kube-proxy', cluster, node, 'yaml')
    expect(kindsIn(proxy)).toEqual(expect.arrayContaining(['ConfigMap', 'DaemonSet', 'ServiceAccount', 'Role']))
    expect(printManifest('addon/kube-proxy', cluster, node, 'json')).toMatch(/^\{\n {4}"/)
  })

  it('is for one add-on, and for no other phase', async () => {
    expect(addonToPrint(['addon', 'coredns'])).toBe('addon/coredns')
    expect(() => addonToPrint(['addon', 'all'])).toThrow(/not a flag of the phase addon\/all/)
    const { code, stderr } = await runKadm(['init', 'phase', 'certs', 'all', '--print-manifest', ...deadHost])
    expect(code).toBe(2)
    expect(stderr).toContain('--print-manifest is not a flag of the phase certs/all')
  }, 60_000)

  it.each(['addon', 'addon all'])(
    'is refused by `init phase %s`, whose help does not show it',
    async family => {
      const phase = ['init', 'phase', ...family.split(' ')]
      expect((await runKadm([...phase, '--help'])).stdout).not.toContain('--print-manifest')
      const { code, stderr } = await runKadm([...phase, '--print-manifest', ...deadHost])
      expect([code, stderr]).toEqual([2, expect.stringContaining('kadm init phase addon coredns --print-manifest')])
    },
    60_000,
  )
})
