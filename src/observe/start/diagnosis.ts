/** Why a component does not start. */
export interface Diagnosis {
  /** `kubelet`, `container runtime`, or a static pod such as `kube-apiserver`. */
  readonly component: string
  /** The cause in one line. */
  readonly cause: string
  /** The lines of journal or log that show it. */
  readonly evidence: string
  readonly hint: string
  /** A cause that can pass is certain only after every reading has found it for this long. */
  readonly lastingMs?: number
}
