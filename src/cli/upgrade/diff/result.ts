import { given } from '../../../cluster/given.ts'
import type { UpgradeRequest } from '../../../cluster/request.ts'
import type { Target } from '../../../phases/phase.ts'
import type { Change } from '../../../pipeline/events.ts'
import { showChange } from '../../../ui/shown-change.ts'
import { unifiedDiff } from '../../../ui/unified-diff.ts'
import type { RunReport } from '../../run/run-plan.ts'

/** One file or object that an upgrade writes. */
export interface DiffChange {
  readonly kind: 'file' | 'object'
  /** The node of a file. */
  readonly node?: string
  /** `/etc/kubernetes/manifests/etcd.yaml`, `ConfigMap kube-system/kubeadm-config` */
  readonly what: string
  /** Absent for a new one. */
  readonly before?: string
  readonly after: string
  /** The lines of the unified diff. */
  readonly diff: readonly string[]
}

export interface DiffAnswer {
  readonly from: string
  readonly to: string
  readonly nodes: readonly { readonly name: string; readonly role: string }[]
  readonly changes: readonly DiffChange[]
}

/** Returns the files of each node in the order of the hosts, then the objects of the cluster. */
export function diffAnswer(
  targets: readonly Target<UpgradeRequest>[],
  { steps }: Pick<RunReport, 'steps'>,
  contextLines: number,
): DiffAnswer {
  const changes = steps.flatMap(({ step, changes: made }) =>
    inFixedOrder(made).flatMap((change): readonly DiffChange[] => {
      const { kind, node, what, before, after } = showChange(step, change)
      if ((kind !== 'file' && kind !== 'object') || after === undefined) return []
      const diff = unifiedDiff(before ?? '', after, contextLines)
      return [{ kind, ...(kind === 'file' ? { node } : {}), what, ...given({ before }), after, diff }]
    }),
  )
  const [first] = targets
  return {
    from: first?.request.from ?? '',
    to: first?.cluster.config.kubernetesVersion ?? '',
    nodes: targets.map(({ node: { name, role } }) => ({ name, role })),
    changes: [...changes.filter(({ kind }) => kind === 'file'), ...changes.filter(({ kind }) => kind === 'object')],
  }
}

/** A phase writes several files or objects in parallel. */
function inFixedOrder(made: readonly Change[]): readonly Change[] {
  return made.toSorted((a, b) => (a.what === b.what ? 0 : a.what < b.what ? -1 : 1))
}
