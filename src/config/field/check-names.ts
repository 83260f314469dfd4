import { nearestName } from './nearest-name.ts'

/** Names of preflight checks of all commands, because one list of ignored names can be used for several. */
export const checkNames: readonly string[] = [
  ...['IsPrivilegedUser', 'NumCPU', 'Mem', 'KubernetesVersion', 'Firewalld', 'HTTPProxy', 'HTTPProxyCIDR', 'CRI'],
  ...['ContainerRuntimeVersion', 'Swap', 'SystemVerification', 'Hostname', 'KubeletVersion', 'Service-kubelet'],
  ...['ExternalEtcdVersion', 'ExternalEtcdClientCertificates', 'ImagePull'],
  // kubeadm's checks of upgrades.
  ...['CoreDNSUnsupportedPlugins', 'CoreDNSMigration', 'CreateJob', 'ControlPlaneNodesReady', 'StaticPodManifest'],
  // kadm's own.
  ...['CRIPluginDisabled', 'AlreadyJoined', 'CgroupDriver', 'ClockSkew', 'DuplicateHostname', 'DuplicateMachineID'],
  ...['DuplicateProductUUID', 'DuplicateAddress', 'ClusterNetworks', 'DuplicateStaticPod', 'KubeletNodeName', 'MTU'],
  ...['PortReachable', 'EtcdDiskLatency', 'EtcdData'],
]

/** Checks of a port, path or program have it in their name. */
const families = /^(port-\d+|(fileavailable|fileexisting|filecontent|diravailable)-.+)$/

/** True for the name of a check, in any case. */
export function isCheckName(name: string): boolean {
  const plain = name.toLowerCase()
  return families.test(plain) || checkNames.some(known => known.toLowerCase() === plain)
}

/** Warns about unknown names. kubeadm accepts any word, and a misspelled one has no effect. Names are in lower case. */
export function warnOfIgnored(names: readonly string[]): readonly string[] {
  return names
    .filter(name => name !== 'all' && !isCheckName(name))
    .map(name => {
      const nearest = nearestName(name, checkNames)
      const meant = nearest === undefined ? '' : `; did you mean ${nearest}?`
      return `unknown preflight check "${name}": ignoring it has no effect${meant}`
    })
}
