import type { ConfigVersion, UpgradeFinding } from '../../../cluster/upgrade-plan.ts'
import { isMap } from '../../../cluster/json.ts'
import { isTextFault, readYaml } from '../../../yaml/read.ts'
import type { ClusterDocuments } from '../cluster-documents.ts'

interface Row {
  readonly group: string
  readonly preferred: string
  readonly document: 'kubeProxy' | 'kubelet'
}

/** The component configurations in kubeadm's order, and the versions that every release of the table uses. */
const rows: readonly Row[] = [
  { group: 'kubeproxy.config.k8s.io', preferred: 'v1alpha1', document: 'kubeProxy' },
  { group: 'kubelet.config.k8s.io', preferred: 'v1beta1', document: 'kubelet' },
]

/** Returns the versions of the stored component configurations. One that was generated is converted by the upgrade. */
export function configVersions(documents: ClusterDocuments): readonly ConfigVersion[] {
  return rows.map(({ group, preferred, document }) => {
    const text = documents[document]
    const currentVersion = text === undefined ? '' : versionIn(text, group)
    const manualUpgradeRequired =
      currentVersion !== '' && currentVersion !== preferred && documents.generated?.[document] !== true
    return { group, currentVersion, preferredVersion: preferred, manualUpgradeRequired }
  })
}

function versionIn(text: string, group: string): string {
  const read = readYaml(text)
  const apiVersion = isTextFault(read) || !isMap(read.value) ? undefined : read.value.apiVersion
  return String(apiVersion ?? '').replace(`${group}/`, '')
}

/** Returns the configurations that an upgrade cannot convert. */
export function findManualConfigs(versions: readonly ConfigVersion[]): readonly UpgradeFinding[] {
  return versions
    .filter(({ manualUpgradeRequired }) => manualUpgradeRequired)
    .map(({ group, currentVersion, preferredVersion }) => ({
      check: 'ComponentConfigs',
      level: 'error' as const,
      message: `the stored configuration of ${group} has version ${currentVersion}; the upgrade needs ${preferredVersion}`,
      remedy: `write it in ${preferredVersion} into its ConfigMap in kube-system`,
    }))
}
