import type { Kube } from '../../../clients/kube/kube.ts'
import { fitsLabels, type LabelSelector } from '../../../clients/kube/label-selector.ts'
import type { KubeObject } from '../../../cluster/kube-object.ts'
import type { UpgradeFinding } from '../../../cluster/upgrade-plan.ts'
import { isAnswer } from '../../../errors/kadm-error.ts'

const apiVersion = 'admissionregistration.k8s.io/v1'
const kinds = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const

/** The namespaced resources that an upgrade writes in kube-system, by API group; pods are those of static pods. */
const written: Readonly<Record<string, readonly string[]>> = {
  '': ['configmaps', 'pods', 'serviceaccounts', 'services'],
  apps: ['deployments', 'daemonsets'],
  'rbac.authorization.k8s.io': ['roles', 'rolebindings'],
}
/** Resources of the cluster: their webhooks are called whatever the namespaces they select. */
const clusterWide: Readonly<Record<string, readonly string[]>> = {
  '': ['nodes'],
  'rbac.authorization.k8s.io': ['clusterroles', 'clusterrolebindings'],
}

interface Webhook {
  readonly name: string
  readonly failurePolicy?: string
  readonly namespaceSelector?: LabelSelector
  readonly objectSelector?: LabelSelector
  readonly matchConditions?: readonly unknown[]
  readonly clientConfig?: { readonly service?: { readonly namespace: string; readonly name: string } }
  readonly rules?: readonly {
    readonly apiGroups?: readonly string[]
    readonly resources?: readonly string[]
    readonly operations?: readonly string[]
  }[]
}

/** Returns the admission webhooks without which the API server refuses what an upgrade writes. */
export async function findBlockingWebhooks(kube: Pick<Kube, 'get' | 'list'>): Promise<readonly UpgradeFinding[]> {
  const [namespace, ...lists] = await Promise.all([
    kube.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' }),
    ...kinds.map(kind => kube.list({ apiVersion, kind })),
  ])
  const labels = namespace?.metadata.labels ?? {}
  const blocking = lists.flat().flatMap(configuration =>
    webhooksOf(configuration)
      .filter(webhook => blocks(webhook, labels))
      .map(webhook => ({ configuration, webhook })),
  )
  return Promise.all(blocking.map(({ configuration, webhook }) => judge(kube, configuration, webhook)))
}

function webhooksOf({ webhooks }: KubeObject): readonly Webhook[] {
  return (webhooks ?? []) as unknown as readonly Webhook[]
}

function blocks(webhook: Webhook, labels: Readonly<Record<string, string>>): boolean {
  if (webhook.failurePolicy === 'Ignore') return false
  const selected = fitsLabels(webhook.namespaceSelector ?? {}, labels)
  return (webhook.rules ?? []).some(rule => {
    const reaches = (resources: Readonly<Record<string, readonly string[]>>) =>
      Object.entries(resources).some(
        ([group, names]) => covers(rule.apiGroups, group) && names.some(name => covers(rule.resources, name)),
      )
    return (rule.operations ?? []).some(isWrite) && ((selected && reaches(written)) || reaches(clusterWide))
  })
}

function isWrite(operation: string): boolean {
  return ['*', 'CREATE', 'UPDATE'].includes(operation)
}

/** `*` covers all, `*` + `/*` all with subresources, `pods/*` covers `pods`. */
function covers(patterns: readonly string[] = [], name: string): boolean {
  return patterns.some(pattern => ['*', '*/*', name, `${name}/*`].includes(pattern))
}

async function judge(kube: Pick<Kube, 'list'>, configuration: KubeObject, webhook: Webhook): Promise<UpgradeFinding> {
  const { kind, metadata } = configuration
  const who = `webhook ${webhook.name} of ${kind} ${metadata.name}`
  const service = webhook.clientConfig?.service
  const exempt = `exempt kube-system with its namespaceSelector, or set its failurePolicy to Ignore for the upgrade`
  if (service !== undefined && !isSelective(webhook) && !(await hasEndpoint(kube, service))) {
    const message = `${who} refuses what an upgrade writes: its Service ${service.namespace}/${service.name} has no ready endpoint`
    return { check: 'AdmissionWebhooks', level: 'error', message, remedy: `start its pods, or ${exempt}` }
  }
  const message = `${who} is asked about what an upgrade writes: while it does not answer, the upgrade stops`
  return { check: 'AdmissionWebhooks', level: 'warning', message, remedy: `keep it running, or ${exempt}` }
}

/** True if the webhook is asked only about some objects, which need not be those of an upgrade. */
function isSelective({ objectSelector = {}, matchConditions = [] }: Webhook): boolean {
  return Object.keys(objectSelector).length > 0 || matchConditions.length > 0
}

async function hasEndpoint(
  kube: Pick<Kube, 'list'>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<boolean> {
  const labelSelector = `kubernetes.io/service-name=${name}`
  try {
    const slices = await kube.list({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      namespace,
      labelSelector,
    })
    return slices.some(({ endpoints }) => {
      const all = (endpoints ?? []) as unknown as readonly { readonly conditions?: { readonly ready?: boolean } }[]
      return all.some(({ conditions }) => conditions?.ready !== false)
    })
  } catch (error) {
    if (isAnswer(error)) return true
    throw error
  }
}
