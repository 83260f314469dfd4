import { expect } from 'vitest'
import type { LabNode } from '../lab/lab.ts'
import { answerHere, type Here } from './kadm.ts'
import { kubectl } from './observe.ts'

const kinds = [
  ...['nodes', 'pods', 'namespaces', 'configmaps', 'secrets', 'serviceaccounts', 'services', 'endpointslices'],
  ...['deployments', 'daemonsets', 'replicasets', 'roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
].join(',')

/** The UIDs of the objects of a cluster: `Node//cp1 3f9c…`, sorted. */
export async function uidsOf(controlPlane: LabNode): Promise<readonly string[]> {
  const fields = '{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.uid}'
  const lines = await kubectl(controlPlane, `get ${kinds} -A -o jsonpath='{range .items[*]}${fields}{"\\n"}{end}'`)
  return lines.trim().split('\n').sort()
}

/** The processes of the containers on a node, by container ID. */
export async function containersOf(node: LabNode): Promise<readonly string[]> {
  const { stdout } = await node.run(`ctr -n k8s.io tasks ls -q | sort`)
  const ids = stdout.trim().split('\n')
  const pids = await Promise.all(
    ids.map(async id => {
      const { stdout: pid } = await node.run(`ctr -n k8s.io tasks ls | awk '$1=="${id}" { print $2 }'`)
      return `${id} ${pid.trim()}`
    }),
  )
  return pids
}

/** Waits until no certificate in these files of a node is valid. */
export async function untilExpired(nodes: readonly LabNode[]): Promise<void> {
  const script = `
cd /etc/kubernetes
while :; do
  valid=no
  for file in pki/apiserver*.crt pki/front-proxy-client.crt pki/etcd/server.crt pki/etcd/peer.crt /var/lib/kubelet/pki/kubelet-client-current.pem; do
    [ -e "$file" ] && openssl x509 -in "$file" -noout -checkend 0 >/dev/null && valid=yes
  done
  [ $valid = no ] && exit 0
  sleep 0.5
done`
  await Promise.all(nodes.map(node => node.run(script, { timeoutMs: 600_000 })))
}

/** The message of kubectl at a cluster that has expired. */
export async function refusal(controlPlane: LabNode): Promise<string> {
  const env = { KUBECONFIG: '/etc/kubernetes/admin.conf' }
  const { stderr } = await controlPlane.run('kubectl get nodes --request-timeout=5s', { env, check: false })
  return stderr
}

/** Renews all certificates of these hosts. Returns the seconds until all Nodes are Ready. */
export async function revive(here: Here, nodes: readonly LabNode[]): Promise<number> {
  const started = performance.now()
  await answerHere(here, ['certs', 'renew', 'all', ...nodes.flatMap(node => ['--host', node.ssh()])])
  const [first] = nodes
  if (first === undefined) throw new Error('no node')
  const ready = await kubectl(
    first,
    `get nodes -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{" "}{end}'`,
  )
  expect(ready.trim().split(' ')).toEqual(nodes.map(() => 'True'))
  return (performance.now() - started) / 1000
}
