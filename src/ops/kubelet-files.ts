import type { Cluster, Node } from '../cluster/cluster.ts'
import { paths } from '../cluster/paths.ts'
import { minorOf } from '../cluster/releases.ts'
import type { Host } from '../host/host.ts'
import { renderInstanceConfig, renderKubeletConfig, renderKubeletEnv } from '../render/kubelet.ts'
import { ensureDir, ensureFile } from './ensure-file.ts'

/** The path of the client certificate and key that the kubelet rotates. */
export function kubeletCertificate(node: Node): string {
  const certDir = node.kubeletExtraArgs.filter(arg => arg.name === 'cert-dir').at(-1)?.value ?? paths.kubeletPkiDir
  return `${certDir}/kubelet-client-current.pem`
}

export async function ensureKubeletFiles(host: Host, cluster: Cluster, node: Node): Promise<void> {
  await ensureDir(host, paths.kubeletDir, 0o700)
  const wanted = [
    [paths.kubeletInstanceConfig, renderInstanceConfig(node)],
    [paths.kubeletConfig, renderKubeletConfig(cluster, node)],
    [paths.kubeletEnv, renderKubeletEnv(node)],
  ] as const
  await Promise.all(wanted.map(([path, content]) => ensureFile(host, { path, content, mode: 0o644 })))
}

/** kubeadm wrote it until v1.34. From v1.35 on the kubelet does not start with it. Source: kubeadm v1.35's post-upgrade. */
const oldFlag = /\s?--pod-infra-container-image=[^\s"]*/g

/** Returns the content of kubeadm-flags.env without flags that a kubelet of this version does not know. */
export function withoutOldFlags(flags: string, version: string): string {
  return (minorOf(version) ?? 0) < 35 ? flags : flags.replaceAll(oldFlag, '')
}
