import { expect, it } from 'vitest'
import { parseUpgrade } from '../../src/config/upgrade.ts'
import { problemsOf } from './broken.ts'

const file = (body: string) => ({
  path: 'upgrade.yaml',
  text: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n${body}`,
})

it('fills in what kubeadm fills in, and leaves unset booleans absent', () => {
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

it('names all faults of an UpgradeConfiguration', () => {
  const body = 'apply:\n  imagePullPolicy: Sometimes\nnode:\n  patches: {}\n'
  expect(problemsOf(() => parseUpgrade(file(body))).map(({ field, line }) => [field, line])).toEqual([
    ['UpgradeConfiguration.apply.imagePullPolicy', 4],
    ['UpgradeConfiguration.node.patches.directory', 6],
  ])
})
