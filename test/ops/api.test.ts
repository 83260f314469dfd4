import { expect, it, vi } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import type { Kube } from '../../src/clients/kube/kube.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { withApi } from '../../src/ops/api.ts'
import { ensureClusterAdmins } from '../../src/ops/cluster-admins.ts'
import { makeUntil } from '../../src/pipeline/until.ts'

const patient = makeUntil(new AbortController().signal)

function access(kube: Kube, superAdmin: Kube = kube) {
  return {
    kube: async (as: string) => (as === 'super-admin' ? superAdmin : kube),
    until: <T>(what: string, probe: () => Promise<T | undefined>, o: { timeoutMs: number; assume: T }) =>
      patient(what, probe, { ...o, intervalMs: 1 }),
    request: { timeouts: { kubernetesAPICall: 60_000 } },
  }
}

const refused = (status: number) => new KadmError('API_REFUSED', `HTTP ${status}`, { status })

it.each([403, 404, 429, 500, 503])('a request to the API server is retried after HTTP %i', async status => {
  const act = vi.fn<() => Promise<string>>().mockRejectedValueOnce(refused(status)).mockResolvedValue('done')
  expect(await withApi(access(fakeKube()), 'it', act)).toBe('done')
})

it.each([400, 422])('a request that the API server rejects as invalid with HTTP %i is not retried', async status => {
  const act = vi.fn().mockRejectedValue(refused(status))
  await expect(withApi(access(fakeKube()), 'it', act)).rejects.toMatchObject({ code: 'API_REFUSED', status })
  expect(act).toHaveBeenCalledTimes(1)
})

const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  name: 'kubeadm:cluster-admins',
}
const forbidden = () => fakeKube({ fail: () => refused(403) })

it('ensureClusterAdmins creates the ClusterRoleBinding with admin.conf when it has permission', async () => {
  const [admin, superAdmin] = [fakeKube(), fakeKube()]
  await ensureClusterAdmins(access(admin, superAdmin))
  expect(await admin.get(binding)).toMatchObject({ subjects: [{ name: 'kubeadm:cluster-admins' }] })
  expect(superAdmin.calls).toEqual([])
})

it('ensureClusterAdmins creates the ClusterRoleBinding with super-admin.conf when admin.conf has no permission', async () => {
  const superAdmin = fakeKube()
  await ensureClusterAdmins(access(forbidden(), superAdmin))
  expect(await superAdmin.get(binding)).toMatchObject({ roleRef: { name: 'cluster-admin' } })
})
