import { describe, expect, it } from 'vitest'
import { fakeHost } from '../../src/host/fake.ts'
import { showWhatStays } from '../../src/phases/show-what-stays/index.ts'
import { processAnswers } from '../fixtures/processes.ts'
import { quickCluster, runPhase } from './run-phase.ts'

/** A host with these files and without processes of Kubernetes. */
function machine(files: Readonly<Record<string, string>>) {
  return fakeHost({
    files,
    commands: ({ argv }) => {
      if (argv[0] === 'readlink') return { stdout: `${argv.at(-1)}\n` }
      return argv[0] === 'sh' ? { stdout: processAnswers() } : 0
    },
  })
}

const stays = async (files: Readonly<Record<string, string>>, cluster = quickCluster()) =>
  (await runPhase(showWhatStays, { host: machine(files), cluster })).results

describe('show-what-stays', () => {
  it('show-what-stays lists nothing on a clean host', async () => {
    expect(await stays({})).toEqual([])
  })

  it.each([
    ['a file of the operator in the directory of Kubernetes', '/etc/kubernetes/mine.yaml', '/etc/kubernetes/mine.yaml'],
    ['backups of earlier runs', '/etc/kubernetes/tmp/old/x', '/etc/kubernetes/tmp/old'],
    ['a certificate that is not of the cluster', '/etc/kubernetes/pki/mine.crt', '/etc/kubernetes/pki/mine.crt'],
    ['the data of an etcd', '/var/lib/etcd/member/db', '/var/lib/etcd'],
    ['the logs of pods', '/var/log/pods/a/0.log', '/var/log/pods'],
    ['addresses of the network plugin', '/var/lib/cni/networks/a', '/var/lib/cni'],
    ['the kubeconfig of root', '/root/.kube/config', '/root/.kube/config'],
  ])('show-what-stays lists %s and the reason', async (_, file, shown) => {
    const found = await stays({ [file]: '' })
    expect(found.map(([key]) => key)).toEqual(['stays'])
    expect(found[0]?.[1]).toMatch(new RegExp(`^${shown}: \\S.+`))
  })

  it('show-what-stays lists the objects in an external etcd with the command that deletes them', async () => {
    const cluster = quickCluster({ config: { etcd: { external: { endpoints: ['https://10.77.0.31:2379'] } } } })
    const [, value] = (await stays({}, cluster))[0] ?? []
    expect(value).toContain('https://10.77.0.31:2379')
    expect(value).toContain('etcdctl del --prefix /registry/')
  })

  it('show-what-stays changes nothing', async () => {
    const host = machine({ '/etc/kubernetes/mine.yaml': '' })
    expect((await runPhase(showWhatStays, { host })).changes).toEqual([])
  })
})
