import { expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { uploadConfigKubeadm } from '../../src/phases/upload-config/index.ts'
import { runPhase } from './run-phase.ts'

it('upload-config alone gives admin.conf its rights, where the wait for the API server was left out', async () => {
  const kube = fakeKube()
  const { changes } = await runPhase(uploadConfigKubeadm, { kube })
  expect(changes[0]).toBe('object ClusterRoleBinding kubeadm:cluster-admins')
  expect(changes).toContain('object ConfigMap kube-system/kubeadm-config')
  expect((await runPhase(uploadConfigKubeadm, { kube })).changes).toEqual([])
})
