/** State of one container as the runtime reports it. */
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

/** The sandbox of a pod as the runtime reports it. */
export interface CriPod {
  readonly id: string
  readonly name: string
  readonly namespace: string
  /** The uid of the pod, from the label io.kubernetes.pod.uid. */
  readonly uid?: string
  readonly createdAt: Date
  /** True if a kubelet created it, and not a user with crictl: it has the labels of a pod. */
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
  /** `systemd` or `cgroupfs`; undefined if the runtime does not implement RuntimeConfig. */
  cgroupDriver(): Promise<'systemd' | 'cgroupfs' | undefined>
  /** The image of sandboxes; undefined if the runtime does not report it. */
  sandboxImage(): Promise<string | undefined>
  /** True if the image is on the host. */
  hasImage(image: string): Promise<boolean>
  pullImage(image: string): Promise<void>
  /** Returns the containers of a pod label selection, newest first. */
  containers(labels?: Readonly<Record<string, string>>): Promise<readonly CriContainer[]>
  /**
   * Stops it, and kills it after `graceSeconds` (default 10; 0 kills it at once). Its creator may restart it. A missing
   * container is not an error.
   */
  stopContainer(id: string, graceSeconds?: number): Promise<void>
  /**
   * Stops a container within 10 s and removes it. Its kubelet then starts a new one at once: it delays a restart only
   * while it finds the earlier container.
   */
  restartContainer(container: CriContainer): Promise<void>
  pods(): Promise<readonly CriPod[]>
  /** Stops the pod's containers, then removes it. A missing pod is not an error. */
  removePod(pod: CriPod): Promise<void>
  close(): void
}
