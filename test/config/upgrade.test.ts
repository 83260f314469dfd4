import { expect, it } from 'vitest'
import { parseUpgrade } from '../../src/config/upgrade.ts'
import { problemsOf } from './broken.ts'

const file = (body: string) => ({
  path: 'upgrade.yaml',
  text: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n${body}`,
})

it('an UpgradeConfiguration gets the defaults of kubeadm, and unset booleans stay absent', () => {
  const { config } = parseUpgrade(file('apply: {certificateRenewal: false, kubernetesVersion: v1.37.2}\n'))
  expect(config.apply).toEqual({
    certificateRenewal: false,
    etcdUpgrade: true,
    imagePullPolicy: 'IfNotPresent',
    imagePullSerial: true,
    kubernetesVersion: 'v1.37.2',
  })
  expect([config.plan, config.diff]).toEqual([{ etcdUpgrade: true }, {}])
})

it('all errors of an UpgradeConfiguration are reported at once', () => {
  const body = 'apply:\n  imagePullPolicy: Sometimes\nnode:\n  patches: {}\n'
  expect(problemsOf(() => parseUpgrade(file(body))).map(({ field, line }) => [field, line])).toEqual([
    ['UpgradeConfiguration.apply.imagePullPolicy', 4],
    ['UpgradeConfiguration.node.patches.directory', 6],
  ])
})
