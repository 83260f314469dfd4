import { paths } from '../../src/cluster/paths.ts'

type Places = readonly (readonly [name: string, meaning: string])[]

/** Files that kadm reads and writes. */
export const files: Places = [
  [paths.kubernetesDir, 'Certificates, kubeconfig files and static pods of a node.'],
  [paths.kubeletDir, 'Configuration and certificates of the kubelet.'],
  ['/run/kadm/claim', 'The lock that a run holds on a host.'],
  ['/var/lib/kadm/runs', 'The logs of the last twenty runs on a host.'],
  ['/var/lib/kadm/before', 'Copies of the files that these runs changed.'],
  ['~/.ssh/config, /etc/ssh/ssh_config', 'How to reach the hosts of --host and --from.'],
  ['~/.ssh/known_hosts, /etc/ssh/ssh_known_hosts', 'The host keys that kadm accepts.'],
]

/** Variables that kadm reads. */
export const environment: Places = [
  ['KADM_SSH_PASSWORD', 'The password of the login user.'],
  ['KADM_SSH_KEY_PASSPHRASE', 'The passphrase of encrypted SSH keys.'],
  ['KADM_SUDO_PASSWORD', 'The password with which the login user becomes root.'],
  ['KUBECONFIG', 'The kubeconfig files of the commands that connect to a cluster.'],
  ['NO_COLOR', 'When it is set, the output has no colors.'],
]
