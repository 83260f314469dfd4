import type { Flag } from './flag.ts'

const init = ['init'] as const
const fieldOf = { apiserver: 'apiServer', 'controller-manager': 'controllerManager', scheduler: 'scheduler' } as const

/** Flags about this run of init: tokens, printing, files of single phases. */
export const runFlags: readonly Flag[] = [
  {
    name: 'token-ttl',
    wholeOnly: init,
    kind: 'duration',
    placeholder: 'duration',
    description: 'how long the bootstrap token lives; 0 = for ever',
    shown: '24h0m0s',
    commands: init,
    sets: ['InitConfiguration.bootstrapTokens.0.ttl'],
  },
  {
    name: 'upload-certs',
    kind: 'bool',
    description: 'store the control plane certificates, encrypted, in the cluster',
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
    name: 'kubeconfig',
    kind: 'string',
    placeholder: 'path',
    description: 'credentials for the API of the cluster, on the machine',
    shown: '/etc/kubernetes/admin.conf',
    onMachine: true,
    commands: init,
    phaseOnly: true,
    run: 'kubeconfig',
  },
  {
    name: 'kubeconfig-dir',
    kind: 'string',
    placeholder: 'dir',
    description: 'where the kubeconfig files are written, on the machine',
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
    description: 'print the objects of the add-on and do nothing',
    commands: init,
    phaseOnly: true,
    singly: true,
  },
  ...(['apiserver', 'controller-manager', 'scheduler'] as const).map(
    (component): Flag => ({
      name: `${component}-extra-args`,
      kind: 'args',
      placeholder: 'k=v,...',
      description: `further flags of kube-${component} (deprecated: use extraArgs in the configuration file)`,
      commands: init,
      phaseOnly: true,
      hidden: true,
      mode: 'add',
      sets: [`ClusterConfiguration.${fieldOf[component]}.extraArgs`],
    }),
  ),
]
