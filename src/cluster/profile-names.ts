import type { KubeconfigName, LeafName } from './node-files.ts'
import { renewableNames } from './renewable-names.ts'

/** A certificate of a control plane that a CA signs, or the client certificate in one of its kubeconfigs. */
export type ProfileName = LeafName | KubeconfigName

/** Every name, sorted. */
export const profileNames: readonly ProfileName[] = [...renewableNames, 'kubelet.conf' as const].toSorted()
