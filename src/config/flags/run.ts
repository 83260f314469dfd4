import type { Flag } from './flag.ts'
import { sharedFlags } from './shared.ts'

const init = ['init'] as const
const fieldOf = { apiserver: 'apiServer', 'controller-manager': 'controllerManager', scheduler: 'scheduler' } as const

/** Flags of a run of init: tokens, printing, files of single phases. */
export const runFlags: readonly Flag[] = [
  {
    name: 'token-ttl',
    wholeOnly: init,
    kind: 'duration',
    placeholder: 'duration',
    description: 'lifetime of the bootstrap token; 0 = no expiration',
    shown: '24h0m0s',
    commands: init,
    sets: ['InitConfiguration.bootstrapTokens.0.ttl'],
  },
  {
    name: 'upload-certs',
    kind: 'bool',
    description: 'upload the encrypted control plane certificates to the cluster',
    commands: init,
    run: 'uploadCerts',
  },
  {
    name: 'skip-token-print',
    kind: 'bool',
    description: 'do not print the bootstrap token',
    commands: init,
    run: 'skipTokenPrint',
  },
  {
    name: 'skip-certificate-key-print',
    kind: 'bool',
    description: 'do not print the key of the uploaded certificates',
    commands: init,
    run: 'skipCertificateKeyPrint',
  },
  {
    ...sharedFlags.kubeconfig,
    commands: init,
    phaseOnly: true,
  },
  {
    name: 'kubeconfig-dir',
    kind: 'string',
    placeholder: 'dir',
    offers: 'host-directory',
    description: 'directory on the host for the kubeconfig files',
    shown: '/etc/kubernetes',
    onMachine: true,
    emptyMeans: '.',
    commands: init,
    phaseOnly: true,
    run: 'kubeconfigDir',
  },
  {
    name: 'print-manifest',
    kind: 'bool',
    description: 'print the add-on manifests without applying them',
    commands: init,
    phaseOnly: true,
    singly: true,
  },
  ...(['apiserver', 'controller-manager', 'scheduler'] as const).map(
    (component): Flag => ({
      name: `${component}-extra-args`,
      kind: 'args',
      placeholder: 'k=v,...',
      description: `extra flags for kube-${component} (deprecated: use extraArgs in the configuration file)`,
      commands: init,
      phaseOnly: true,
      hidden: true,
      mode: 'add',
      sets: [`ClusterConfiguration.${fieldOf[component]}.extraArgs`],
    }),
  ),
]
