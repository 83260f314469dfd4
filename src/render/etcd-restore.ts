import { posix } from 'node:path'
import type { KubeObject } from '../cluster/kube-object.ts'

/** The manifest of the static pod that restores a snapshot has this name. */
export const etcdRestorePodName = 'kadm-etcd-restore'

export interface EtcdRestore {
  /** The run; each run has its own pod, because a kubelet does not start an ended one again. */
  readonly run: string
  /** The image of etcd, which has etcdutl. */
  readonly image: string
  /** The path of the snapshot on the host. */
  readonly snapshot: string
  /** The directory on the host that etcdutl creates. */
  readonly target: string
  /** The name and the peer URL of the only member. */
  readonly name: string
  readonly peerUrl: string
}

/**
 * Clients of the API, such as controllers, know later revisions than those of the snapshot: revisions must not go back.
 * etcd recommends a number above that of all writes since the snapshot.
 * See https://etcd.io/docs/v3.6/op-guide/recovery/#restoring-with-revision-bump
 */
const revisionsAhead = 1_000_000_000

/** Renders the static pod that restores a snapshot of etcd into a directory of the host, once. */
export function renderEtcdRestore({ run, image, snapshot, target, name, peerUrl }: EtcdRestore): KubeObject {
  const parent = posix.dirname(target)
  const args = {
    'data-dir': target,
    name,
    'initial-cluster': `${name}=${peerUrl}`,
    'initial-advertise-peer-urls': peerUrl,
    'bump-revision': String(revisionsAhead),
  }
  const flags = Object.entries(args).map(([flag, value]) => `--${flag}=${value}`)
  const mounts = [
    { name: 'snapshot', path: posix.dirname(snapshot), readOnly: true },
    { name: 'data', path: parent, readOnly: false },
  ]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${etcdRestorePodName}-${run.toLowerCase()}`, namespace: 'kube-system' },
    spec: {
      restartPolicy: 'Never',
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'etcdutl',
          image,
          imagePullPolicy: 'IfNotPresent',
          command: ['etcdutl', 'snapshot', 'restore', snapshot, ...flags, '--mark-compacted'],
          volumeMounts: mounts.map(({ name, path, readOnly }) => ({ name, mountPath: path, readOnly })),
        },
      ],
      volumes: mounts.map(({ name, path }) => ({ name, hostPath: { path, type: 'Directory' } })),
    },
  }
}
