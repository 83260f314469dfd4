/** Why a component does not come up. */
export interface Diagnosis {
  /** `kubelet`, `container runtime`, or the static pod: `kube-apiserver`. */
  readonly component: string
  /** What is wrong, in one line. */
  readonly cause: string
  /** The lines of journal or log that say so. */
  readonly evidence: string
  readonly hint: string
  /** What may pass by itself is certain only when every look for this long has found it. */
  readonly lastingMs?: number
}
