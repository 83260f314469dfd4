import { isDeepStrictEqual } from 'node:util'
import { dataOf } from '../../cluster/kube-object.ts'
import { paths } from '../../cluster/paths.ts'
import type { ClusterConfiguration } from '../../cluster/spec.ts'
import { parseStoredCluster } from '../../config/stored-configuration.ts'
import { orUndefined } from '../../errors/kadm-error.ts'
import { type ClusterDocuments, readClusterDocuments } from '../../observe/cluster/cluster-documents.ts'
import { kubeletConfigMap } from '../../render/objects/config-map.ts'
import { kubeProxyObjects } from '../../render/objects/kube-proxy.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import type { PhaseContext } from '../phase.ts'
import { type Check, failure, warning } from './check.ts'

/** Settings that a running cluster cannot change: its nodes, Services and certificates use them. */
const fixed: Readonly<Record<string, (config: ClusterConfiguration) => string>> = {
  'networking.serviceSubnet': ({ networking }) => networking.serviceSubnet,
  'networking.podSubnet': ({ networking }) => networking.podSubnet ?? '',
  'networking.dnsDomain': ({ networking }) => networking.dnsDomain,
  controlPlaneEndpoint: config => config.controlPlaneEndpoint ?? '',
}

/** Checks that a further init has the settings of the cluster that an earlier one created. */
export const clusterSettings: Check = {
  name: 'ClusterSettings',
  async run({ ctx, earlier }) {
    if (!earlier.paths.has(paths.manifest('kube-apiserver'))) return []
    const documents = await readStored(ctx).catch(orUndefined)
    if (documents === undefined) return []
    const { config: stored } = parseStoredCluster(documents.clusterConfiguration)
    const { config } = ctx.cluster
    const changed = Object.entries(fixed).filter(([, of]) => of(config) !== of(stored))
    const errors = changed.map(([field, of]) =>
      failure(
        `this run sets ${field} to "${of(config)}", and the cluster has "${of(stored)}"`,
        'give the settings of the first init: `kubectl -n kube-system get cm kubeadm-config -o yaml` shows them',
      ),
    )
    if (errors.length > 0) return errors
    const others = [...otherChanges(config, stored), ...replacedDocuments(ctx, documents)]
    if (others.length === 0) return []
    return [warning(`this run changes these settings of the running cluster: ${others.join(', ')}`)]
  },
}

async function readStored(ctx: PhaseContext): Promise<ClusterDocuments> {
  return readClusterDocuments(await ctx.kube('admin'))
}

/** Returns the ConfigMaps whose configuration was changed since, and that this run writes again. */
function replacedDocuments({ cluster, node }: PhaseContext, stored: ClusterDocuments): readonly string[] {
  const wanted = [
    kubeletConfigMap(cluster),
    ...(node.role === 'worker' || cluster.config.proxy.disabled === true ? [] : kubeProxyObjects(cluster, node)),
  ].filter(({ kind }) => kind === 'ConfigMap')
  const [kubelet, kubeProxy] = wanted.map(dataOf)
  return [
    ...(isSame(kubelet?.kubelet, stored.kubelet) ? [] : ['ConfigMap kubelet-config']),
    ...(isSame(kubeProxy?.['config.conf'], stored.kubeProxy) ? [] : ['ConfigMap kube-proxy']),
  ]
}

function isSame(wanted: string | undefined, found: string | undefined): boolean {
  if (wanted === undefined || found === undefined) return true
  const [one, other] = [readYaml(wanted), readYaml(found)]
  return isTextFault(one) || isTextFault(other) || isDeepStrictEqual(one.value, other.value)
}

/** Returns the top-level fields that differ. */
function otherChanges(config: ClusterConfiguration, stored: ClusterConfiguration): readonly string[] {
  const fields = (one: ClusterConfiguration) => new Map(Object.entries(one))
  const [wanted, found] = [fields(config), fields(stored)]
  const names = [...new Set([...wanted.keys(), ...found.keys()])]
  return names.filter(name => !isDeepStrictEqual(wanted.get(name), found.get(name))).toSorted()
}
