import type { Flag } from './flag.ts'

const common = { commands: [], phases: [] } as const

/** The flags of `token create` that describe the token, with kubeadm's names. */
export const tokenFlags: readonly Flag[] = [
  {
    name: 'description',
    kind: 'string',
    placeholder: 'text',
    description: 'description of the token',
    ...common,
  },
  {
    name: 'groups',
    kind: 'strings',
    placeholder: 'groups',
    description: 'groups that the token authenticates as',
    shown: 'system:bootstrappers:kubeadm:default-node-token',
    ...common,
  },
  {
    name: 'ttl',
    kind: 'duration',
    placeholder: 'duration',
    description: 'lifetime of the token; 0 = no expiration',
    shown: '24h0m0s',
    ...common,
  },
  {
    name: 'usages',
    kind: 'strings',
    placeholder: 'usages',
    offers: ['signing', 'authentication'],
    description: 'usages of the token',
    shown: 'signing,authentication',
    ...common,
  },
]
