import { expect, it } from 'vitest'
import { paths } from '../../src/cluster/paths.ts'
import { fakeHost } from '../../src/host/fake.ts'
import { kubeletConfig } from '../../src/phases/kubelet-config/index.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const flags = 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.1"\n'

it('kubelet-config writes the configuration of the cluster, keeps the flags of the node, and restarts nothing', async () => {
  const host = fakeHost({ files: { [paths.kubeletEnv]: flags, [paths.kubeletInstanceConfig]: 'own' } })
  const { changes } = await runPhase(kubeletConfig, { host })
  expect(changes).toEqual([`file ${paths.kubeletConfig}`])
  expect(Buffer.from((await host.readFile(paths.kubeletConfig)) ?? []).toString()).toContain('cgroupDriver: systemd')
  expect((await runPhase(kubeletConfig, { host })).changes).toEqual([])
})

it('kubelet-config writes the socket of the container runtime if no file has it', async () => {
  const { changes } = await runPhase(kubeletConfig, { host: fakeHost() })
  expect(changes).toEqual([`file ${paths.kubeletInstanceConfig}`, `file ${paths.kubeletConfig}`])
})

it.each([
  ['is removed from v1.35 on', 'v1.37.2', 'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.1 --v=2"\n'],
  ['stays before v1.35', 'v1.34.1', undefined],
])('the flag --pod-infra-container-image of an older kubeadm %s', async (_, kubernetesVersion, after) => {
  const before =
    'KUBELET_KUBEADM_ARGS="--node-ip=10.0.0.1 --pod-infra-container-image=registry.k8s.io/pause:3.10 --v=2"\n'
  const host = fakeHost({ files: { [paths.kubeletEnv]: before, [paths.kubeletInstanceConfig]: 'own' } })
  await runPhase(kubeletConfig, { host, cluster: quickCluster({ config: { kubernetesVersion } }) })
  expect(Buffer.from((await host.readFile(paths.kubeletEnv)) ?? []).toString()).toBe(after ?? before)
})
