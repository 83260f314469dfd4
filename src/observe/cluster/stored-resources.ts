import type { Kube } from '../../clients/kube/kube.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/** The kinds that a cluster stores and can rewrite. */
export interface StoredResources {
  /** Sorted names as kubectl has them: `pods`, `deployments.apps`. */
  readonly names: readonly string[]
  /** Those with objects, and custom resources with old stored versions. */
  readonly due: readonly string[]
  /** API groups with their versions that do not answer, such as those of an API server that an APIService adds. */
  readonly silent: readonly string[]
}

/** What the migration of a resource requires, as kube-controller-manager checks it. */
const verbs = ['list', 'patch', 'update'] as const

/** Events expire within an hour, and the objects of migrations change while they run. */
const left = ['events', 'events.events.k8s.io', 'storageversionmigrations.storagemigration.k8s.io']

/** The API version of the objects that kube-controller-manager migrates. */
export const migrationVersion = 'storagemigration.k8s.io/v1'

interface Resource {
  readonly name: string
  readonly verbs?: readonly string[]
  /** Only resources in etcd have one. */
  readonly storageVersionHash?: string
}

/** Returns the resources that the API servers store. undefined if they cannot migrate any: from v1.37 on they can. */
export async function readStoredResources(kube: Pick<Kube, 'probe'>): Promise<StoredResources | undefined> {
  const versions = (await readGroups(kube)).toSorted()
  if (!versions.includes(migrationVersion)) return undefined
  const silent: string[] = []
  const found = await Promise.all(
    ['v1', ...versions].map(async version => {
      const path = version === 'v1' ? '/api/v1' : `/apis/${version}`
      const list = await read<{ readonly resources?: readonly Resource[] }>(kube, path)
      if (list === undefined) silent.push(version)
      const group = version.includes('/') ? `.${version.split('/')[0]}` : ''
      const stored = (list?.resources ?? []).filter(isStored)
      return stored.map(({ name }) => [`${name}${group}`, `${path}/${name}`] as const)
    }),
  )
  const paths = new Map(found.flat().filter(([name]) => !left.includes(name)))
  const names = [...paths.keys()].toSorted()
  const [used, outdated] = await Promise.all([
    Promise.all([...paths].map(async ([name, path]) => ((await hasObjects(kube, path)) ? name : undefined))),
    readOutdatedCrds(kube),
  ])
  return { names, due: names.filter(name => used.includes(name) || outdated.includes(name)), silent: silent.toSorted() }
}

/** A resource that cannot be read counts as used: its migration reports why. */
async function hasObjects(kube: Pick<Kube, 'probe'>, path: string): Promise<boolean> {
  const list = await read<{ readonly items?: readonly unknown[] }>(kube, `${path}?limit=1`)
  return list === undefined || (list.items ?? []).length > 0
}

interface Crds {
  readonly items?: readonly {
    readonly metadata: { readonly name: string }
    readonly status?: { readonly storedVersions?: readonly string[] }
  }[]
}

/** Returns the custom resources whose definition lists several stored versions, also without objects. */
async function readOutdatedCrds(kube: Pick<Kube, 'probe'>): Promise<readonly string[]> {
  const list = await read<Crds>(kube, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
  const outdated = (list?.items ?? []).filter(({ status }) => (status?.storedVersions ?? []).length > 1)
  return outdated.map(({ metadata }) => metadata.name)
}

function isStored({ name, verbs: able = [], storageVersionHash = '' }: Resource): boolean {
  return storageVersionHash !== '' && !name.includes('/') && verbs.every(verb => able.includes(verb))
}

interface GroupList {
  readonly groups?: readonly { readonly versions?: readonly { readonly groupVersion: string }[] }[]
}

async function readGroups(kube: Pick<Kube, 'probe'>): Promise<readonly string[]> {
  const list = await read<GroupList>(kube, '/apis')
  if (list === undefined) {
    throw new KadmError('API_REFUSED', 'the API server does not list its groups (/apis)', {
      hint: 'use a kubeconfig of an administrator with --kubeconfig',
    })
  }
  return (list.groups ?? []).flatMap(({ versions = [] }) => versions.map(({ groupVersion }) => groupVersion))
}

/** undefined if the server does not answer the path with 200. */
async function read<T>(kube: Pick<Kube, 'probe'>, path: string): Promise<T | undefined> {
  const { status, body } = await kube.probe(path)
  return status === 200 ? (JSON.parse(body) as T) : undefined
}
