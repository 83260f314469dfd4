import type { Flag } from './flag.ts'

/** What several commands share of a flag. Each command adds its own fields. */
export const sharedFlags = {
  certDir: {
    name: 'cert-dir',
    kind: 'string',
    placeholder: 'dir',
    offers: 'host-directory',
    description: 'directory of the certificates',
    shown: '/etc/kubernetes/pki',
  },
  config: {
    name: 'config',
    everyPhase: true,
    kind: 'string',
    placeholder: 'path',
    offers: 'file',
    description: 'configuration file',
  },
  criSocket: {
    name: 'cri-socket',
    kind: 'socket',
    placeholder: 'url',
    offers: 'host-file',
    description: 'socket of the container runtime; detected if there is only one',
  },
  dryRun: {
    name: 'dry-run',
    everyPhase: true,
    kind: 'bool',
    description: 'print the changes without making them',
  },
  ignorePreflightErrors: {
    name: 'ignore-preflight-errors',
    kind: 'strings',
    placeholder: 'checks',
    offers: 'check',
    mode: 'add',
  },
  kubeconfig: {
    name: 'kubeconfig',
    kind: 'string',
    placeholder: 'path',
    offers: 'host-file',
    description: 'kubeconfig file on the host',
    shown: '/etc/kubernetes/admin.conf',
    onMachine: true,
    run: 'kubeconfig',
  },
  skipPhases: {
    name: 'skip-phases',
    kind: 'strings',
    placeholder: 'phases',
    offers: 'phase',
    description: 'phases to skip',
  },
} as const satisfies Readonly<Record<string, Partial<Flag>>>

/** The text for the flag that ignores preflight errors, with an example of its value. */
export const ignoringText = (example: string): string =>
  `checks whose errors are reported as warnings: '${example}', or 'all'`
