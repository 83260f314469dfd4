import { expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { uploadConfigKubeadm } from '../../src/phases/upload-config/index.ts'
import { runPhase } from './run-phase.ts'

it('upload-config creates the ClusterRoleBinding of admin.conf when the wait for the API server is skipped', async () => {
  const kube = fakeKube()
  const { changes } = await runPhase(uploadConfigKubeadm, { kube })
  expect(changes[0]).toBe('object ClusterRoleBinding kubeadm:cluster-admins')
  expect(changes).toContain('object ConfigMap kube-system/kubeadm-config')
  expect((await runPhase(uploadConfigKubeadm, { kube })).changes).toEqual([])
})
