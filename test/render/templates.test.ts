import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { completeInit } from '../../src/config/complete-init.ts'
import { parseInit, settleInit } from '../../src/config/init.ts'
import { makeFacts } from '../fixtures/cluster.ts'

const read = (file: string) => readFileSync(new URL(`../../templates/${file}`, import.meta.url), 'utf8')

it('kadm.yaml is a valid configuration without a warning', () => {
  const parsed = parseInit({
    file: { path: 'kadm.yaml', text: read('kadm.yaml') },
    flags: {},
    startedAt: new Date(0),
    randomToken: () => 'abcdef.0123456789abcdef',
  })
  const { cluster, warnings } = completeInit(settleInit(parsed, undefined), makeFacts())
  expect(warnings).toEqual([])
  expect(cluster.config.controlPlaneEndpoint).toBe('k8s.example.com:6443')
})

it('the drop-in of the kubelet refers to every file that kadm writes', () => {
  const dropIn = read('kubelet/10-kubeadm.conf')
  for (const file of ['bootstrap-kubelet.conf', 'kubelet.conf', 'config.yaml', 'kubeadm-flags.env']) {
    expect(dropIn).toContain(`/${file}`)
  }
  expect(dropIn).toMatch(/^ExecStart=\nExecStart=\/usr\/bin\/kubelet .*\$KUBELET_KUBEADM_ARGS/m)
})
