import { echoImage } from '../lab/images.ts'
import type { LabNode } from '../lab/lab.ts'

/** Runs kubectl as administrator on a control plane. */
export async function kubectl(node: LabNode, words: string, stdin?: string): Promise<string> {
  const env = { KUBECONFIG: '/etc/kubernetes/admin.conf' }
  const { stdout } = await node.run(`kubectl ${words}`, {
    env,
    timeoutMs: 200_000,
    ...(stdin === undefined ? {} : { stdin }),
  })
  return stdout
}

/** Waits until every node is Ready and CoreDNS runs. */
export async function untilReady(node: LabNode, names: readonly string[]): Promise<void> {
  for (const name of names) await kubectl(node, `wait --for=create node/${name} --timeout=60s`)
  await kubectl(node, 'wait --for=condition=Ready nodes --all --timeout=120s')
  await kubectl(node, '-n kube-system rollout status deployment/coredns --timeout=180s')
}

/** Waits until the kubelets answer. A join of a control plane restarts its kubelet near the end. */
export async function untilKubeletsAnswer(nodes: readonly LabNode[]): Promise<void> {
  const ask = 'curl -sk -o /dev/null --retry 60 --retry-delay 1 --retry-connrefused https://127.0.0.1:10250/healthz'
  await Promise.all(nodes.map(node => node.run(ask, { timeoutMs: 90_000 })))
}

/** A pod `server` behind the Service `echo`, and a pod `client`. */
export const serverAndClient = (worker: string) => `
apiVersion: v1
kind: Pod
metadata: { name: server, labels: { app: server } }
spec:
  nodeName: ${worker}
  containers: [{ name: echo, image: ${echoImage}, imagePullPolicy: Never }]
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  nodeName: ${worker}
  containers: [{ name: echo, image: ${echoImage}, imagePullPolicy: Never }]
---
apiVersion: v1
kind: Service
metadata: { name: echo }
spec: { selector: { app: server }, ports: [{ port: 80, targetPort: 8080 }] }
`

/** Returns the response of a pod on the worker to another pod that uses the DNS name of its Service: its host name. */
export async function askThroughService(controlPlane: LabNode, worker: string): Promise<string> {
  await kubectl(controlPlane, 'apply -f -', serverAndClient(worker))
  await kubectl(controlPlane, 'wait --for=condition=Ready pod/server pod/client --timeout=120s')
  const ask = 'exec client -- /usr/local/bin/echo get http://echo.default.svc.cluster.local/'
  const deadline = Date.now() + 60_000
  for (;;) {
    // kube-proxy's rules are written shortly after the Service.
    const answer = await kubectl(controlPlane, ask).catch(error => error as Error)
    if (typeof answer === 'string') return answer.trim()
    if (Date.now() > deadline) throw answer
  }
}

/** Every file of kadm or kubeadm: path, mode, owner, time of change and content. */
export async function fileTree(node: LabNode): Promise<string> {
  const find = `find /etc/kubernetes /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env \
    /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/pki ! -type d`
  const { stdout } = await node.run(
    `${find} -printf '%p %m %u:%g %T@ ' -exec md5sum {} \\; | sort; systemctl show kubelet -p MainPID`,
  )
  return stdout
}

const kinds = {
  'kube-system': 'configmaps,secrets,roles,rolebindings,serviceaccounts,services,deployments,daemonsets',
  'kube-public': 'configmaps,roles,rolebindings',
}

/** Generation or version of every object that init writes, without changes of controllers. */
export async function objectVersions(node: LabNode): Promise<readonly string[]> {
  const listed = await Promise.all([
    ...Object.entries(kinds).map(([namespace, names]) => kubectl(node, `-n ${namespace} get ${names} -o json`)),
    kubectl(node, 'get clusterroles,clusterrolebindings -o json'),
  ])
  const items = listed.flatMap(text => (JSON.parse(text) as { items: Item[] }).items)
  const versions = items
    .filter(
      item => !/^extension-apiserver-authentication|^kube-apiserver-legacy|^kube-root-ca/.test(item.metadata.name),
    )
    .map(({ kind, metadata }) => {
      const workload = kind === 'Deployment' || kind === 'DaemonSet'
      return `${kind} ${metadata.namespace ?? ''}/${metadata.name} ${workload ? metadata.generation : metadata.resourceVersion}`
    })
  return [...versions, ...(await nodeMarks(node))].sort()
}

/** Labels, annotations and taints of Nodes, without the taints by which the control plane marks their condition. */
async function nodeMarks(node: LabNode): Promise<readonly string[]> {
  const { items } = JSON.parse(await kubectl(node, 'get nodes -o json')) as { items: NodeItem[] }
  return items.map(({ metadata: { name, labels, annotations }, spec: { taints = [] } }) => {
    const lasting = taints.filter(({ key }) => !key.startsWith('node.kubernetes.io/'))
    return `Node ${name} ${[labels, annotations, lasting].map(part => JSON.stringify(part)).join(' ')}`
  })
}

interface NodeItem {
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] }
}

interface Item {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly resourceVersion: string
    readonly generation?: number
  }
}
