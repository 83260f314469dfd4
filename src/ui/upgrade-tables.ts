import type { ConfigVersion, PlannedUpgrade } from '../cluster/upgrade-plan.ts'
import { alignTabs } from './tab-writer.ts'

const line = `${'_'.repeat(69)}\n\n`
const header = ['COMPONENT', 'NODE', 'CURRENT', 'TARGET']

/** Formats available upgrades as kubeadm does, with the commands of kadm. */
export function upgradeTables(upgrades: readonly PlannedUpgrade[], configs: readonly ConfigVersion[]): string {
  if (upgrades.length === 0) return ''
  return [...upgrades.map(upgradeTable), configTable(configs)].join('')
}

function upgradeTable({ description, components }: PlannedUpgrade): string {
  const rowsOf = (kubelets: boolean) =>
    components
      .filter(({ name }) => name !== 'kubeadm' && (name === 'kubelet') === kubelets)
      .map(({ name, nodeName, currentVersion, newVersion }) => [name, nodeName ?? '', currentVersion, newVersion])
  const version = components.find(({ name }) => name === 'kube-apiserver')?.newVersion ?? ''
  return [
    "Components that must be upgraded manually after you have upgraded the control plane with 'kadm upgrade apply':\n",
    alignTabs([header, ...rowsOf(true)]),
    `\nUpgrade to the latest ${description}:\n\n`,
    alignTabs([header, ...rowsOf(false)]),
    '\nYou can now apply the upgrade by executing the following command:\n\n',
    `\tkadm upgrade apply ${version}${flagOf(version)}\n\n`,
    line,
  ].join('')
}

function flagOf(version: string): string {
  const [, pre] = /^v?\d+\.\d+\.\d+-(.*)$/.exec(version) ?? []
  if (pre === undefined) return ''
  return pre.startsWith('rc') ? ' --allow-release-candidate-upgrades' : ' --allow-experimental-upgrades'
}

const about = `
The table below shows the current state of component configs as understood by this version of kadm.
Configs that have a "yes" mark in the "MANUAL UPGRADE REQUIRED" column require manual config upgrade or
resetting to kubeadm defaults before a successful upgrade can be performed. The version to manually
upgrade to is denoted in the "PREFERRED VERSION" column.

`

function configTable(configs: readonly ConfigVersion[]): string {
  const rows = configs.map(({ group, currentVersion, preferredVersion, manualUpgradeRequired }) => {
    return [group, currentVersion || '-', preferredVersion || '-', manualUpgradeRequired ? 'yes' : 'no']
  })
  const table = alignTabs([['API GROUP', 'CURRENT VERSION', 'PREFERRED VERSION', 'MANUAL UPGRADE REQUIRED'], ...rows])
  return `${about}${table}${line}`
}
