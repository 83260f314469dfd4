/** State of one container as the runtime sees it. */
export interface CriContainer {
  readonly id: string
  /** `kube-apiserver`, from the label io.kubernetes.container.name. */
  readonly name: string
  /** `kube-apiserver-cp1`, from the label io.kubernetes.pod.name. */
  readonly pod: string
  readonly namespace: string
  readonly state: 'created' | 'running' | 'exited' | 'unknown'
  readonly exitCode?: number
  /** `Completed`, `Error`, `OOMKilled`, `StartError` */
  readonly reason?: string
  readonly message?: string
  readonly createdAt: Date
  readonly finishedAt?: Date
  readonly attempt: number
  /** Path of the log file on the host, in CRI log format. */
  readonly logPath: string
}

/** A pod's sandbox as the runtime sees it. */
export interface CriPod {
  readonly id: string
  readonly name: string
  readonly namespace: string
  /** Of the Pod, from the label io.kubernetes.pod.uid. */
  readonly uid?: string
  readonly createdAt: Date
  /** A kubelet made it, and not a user with crictl: it carries the labels of a Pod. */
  readonly ofKubelet: boolean
}

/** The container runtime of one host (CRI v1 over its socket). Throws CRI_FAILED. */
export interface Cri {
  readonly socket: string
  /** Runtime name and version, such as `containerd` and `v2.4.2`. */
  version(): Promise<{ readonly runtime: string; readonly version: string }>
  /** Conditions RuntimeReady and NetworkReady. */
  status(): Promise<
    readonly { readonly type: string; readonly status: boolean; readonly reason: string; readonly message: string }[]
  >
  /** `systemd` or `cgroupfs`; undefined when the runtime does not implement RuntimeConfig. */
  cgroupDriver(): Promise<'systemd' | 'cgroupfs' | undefined>
  /** The image that the runtime makes sandboxes of; undefined when it is not reported. */
  sandboxImage(): Promise<string | undefined>
  /** True when the image is on the host. */
  hasImage(image: string): Promise<boolean>
  pullImage(image: string): Promise<void>
  /** Containers of a pod label selection, newest first. */
  containers(labels?: Readonly<Record<string, string>>): Promise<readonly CriContainer[]>
  /** Ends it, within 10 s; what made it decides whether it runs again. Fine when it is gone. */
  stopContainer(id: string): Promise<void>
  pods(): Promise<readonly CriPod[]>
  /** Stops the pod's containers, then removes it; fine when it is gone. */
  removePod(pod: CriPod): Promise<void>
  close(): void
}
