import type { Flag } from './flag.ts'
import { ignoringText, sharedFlags } from './shared.ts'

const both = ['init', 'join'] as const
/** Flags of the node, for init and join. */
export const nodeFlags: readonly Flag[] = [
  {
    name: 'apiserver-advertise-address',
    kind: 'string',
    placeholder: 'ip',
    description: 'IP address that the API server of this node advertises; default: the address of the default route',
    commands: both,
    sets: [
      'InitConfiguration.localAPIEndpoint.advertiseAddress',
      'JoinConfiguration.controlPlane.localAPIEndpoint.advertiseAddress',
    ],
  },
  {
    name: 'apiserver-bind-port',
    kind: 'int',
    placeholder: 'port',
    description: 'port of the API server of this node',
    shown: '6443',
    commands: both,
    sets: ['InitConfiguration.localAPIEndpoint.bindPort', 'JoinConfiguration.controlPlane.localAPIEndpoint.bindPort'],
  },
  {
    name: 'certificate-key',
    kind: 'string',
    placeholder: 'hex',
    description: 'key that encrypts the uploaded control plane certificates: 64 hex characters',
    commands: both,
    sets: ['InitConfiguration.certificateKey', 'JoinConfiguration.controlPlane.certificateKey'],
  },
  {
    name: 'certificate-key-file',
    kind: 'string',
    placeholder: 'path',
    offers: 'file',
    description: 'file with the certificate key, which keeps it out of the process list',
    reads: true,
    commands: both,
    sets: ['InitConfiguration.certificateKey', 'JoinConfiguration.controlPlane.certificateKey'],
  },
  {
    ...sharedFlags.criSocket,
    commands: both,
    sets: ['InitConfiguration.nodeRegistration.criSocket', 'JoinConfiguration.nodeRegistration.criSocket'],
  },
  {
    ...sharedFlags.dryRun,
    commands: both,
    sets: ['InitConfiguration.dryRun', 'JoinConfiguration.dryRun'],
  },
  {
    ...sharedFlags.ignorePreflightErrors,
    description: ignoringText('IsPrivilegedUser,Swap'),
    commands: both,
    sets: [
      'InitConfiguration.nodeRegistration.ignorePreflightErrors',
      'JoinConfiguration.nodeRegistration.ignorePreflightErrors',
    ],
  },
  {
    name: 'node-name',
    kind: 'string',
    placeholder: 'name',
    description: 'name of this node; default: the hostname',
    commands: both,
    sets: ['InitConfiguration.nodeRegistration.name', 'JoinConfiguration.nodeRegistration.name'],
  },
  {
    name: 'patches',
    kind: 'string',
    placeholder: 'dir',
    offers: 'directory',
    description: 'local directory with patch files, named target[suffix][+patchtype].extension',
    commands: both,
    sets: ['InitConfiguration.patches.directory', 'JoinConfiguration.patches.directory'],
  },
  {
    ...sharedFlags.skipPhases,
    wholeOnly: both,
    commands: both,
    sets: ['InitConfiguration.skipPhases', 'JoinConfiguration.skipPhases'],
  },
  {
    ...sharedFlags.config,
    commands: both,
  },
]
