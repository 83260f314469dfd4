import type { ClusterState } from '../../src/cluster/state.ts'
import { openApi } from '../../src/compose/api.ts'
import { openEtcd } from '../../src/compose/etcd.ts'
import { sshConnector } from '../../src/host/connect-host.ts'
import { observeState } from '../../src/observe/cluster/observe-state.ts'
import { makeCluster } from '../fixtures/cluster.ts'
import type { Lab, LabNode } from '../lab/lab.ts'
import type { Here } from './kadm.ts'

/** All parts of the state of a cluster, as kadm on this host observes them over SSH. The first node is asked for the API. */
export async function stateOf(lab: Lab, here: Here, nodes: readonly LabNode[]): Promise<ClusterState> {
  const files = { identityFiles: [lab.sshKeyPath], knownHostsFiles: [lab.knownHostsPath] }
  const { connect } = sshConnector({ home: here.home, user: 'nobody', env: {}, ...files })
  const hosts = await Promise.all(nodes.map(node => connect(node.ssh())))
  const [first] = hosts
  if (first === undefined) throw new Error('there is no node to ask')
  const { kube } = await openApi(first, '/etc/kubernetes/admin.conf')
  try {
    return await observeState({
      api: { kube, openEtcd: config => openEtcd({ config, host: first, kube: async () => kube }), memberHealth: true },
      hosts,
      controlPlanes: hosts.map(host => ({ host, cluster: makeCluster() })),
    })
  } finally {
    kube.close()
    await Promise.all(hosts.map(host => host.close()))
  }
}
