/** The remedy for a known way in which the kubelet ends. */
export interface KnownEnd {
  readonly message: RegExp
  readonly hint: string
  /** True if a restart cannot help, so that one end is sufficient. */
  readonly certain: boolean
}

/** For a port of the kubelet that another program uses. */
export const portHint = 'another process uses the port: find it with `ss -ltnp` and stop it'

const again = 'then run the command again'

/** Ways in which a kubelet ends at its start. A bare "invalid argument" comes from the kernel, not from a flag. */
export const kubeletEnds: readonly KnownEnd[] = [
  {
    message:
      /unknown (shorthand )?flag|failed to (parse kubelet flag|validate kubelet flags)|invalid argument ".*" for /,
    hint: `correct nodeRegistration.kubeletExtraArgs (or its taints), ${again}; the flags in use are in /var/lib/kubelet/kubeadm-flags.env`,
    certain: true,
  },
  {
    message: /swap on is not supported/,
    hint: 'disable swap (`swapoff -a`, and remove it from /etc/fstab), or set failSwapOn: false in the KubeletConfiguration',
    certain: true,
  },
  {
    message: /cgroup v1/i,
    hint: 'boot the host with cgroup v2, or set failCgroupV1: false in the KubeletConfiguration',
    certain: true,
  },
  {
    message: /cgroup driver/,
    hint: "set cgroupDriver in the KubeletConfiguration to the container runtime's",
    certain: true,
  },
  {
    message: /config\.yaml: no such file/,
    hint: 'write it with `kadm init phase kubelet-start`',
    certain: false,
  },
  {
    message:
      /failed to load kubelet config file|failed to validate kubelet configuration|invalid configuration|feature gate|value failed to parse/,
    hint: `correct the KubeletConfiguration (/var/lib/kubelet/config.yaml), ${again}`,
    certain: true,
  },
  {
    message: /bootstrap kubeconfig|bootstrap-kubelet\.conf/,
    hint: 'the join token may have expired: create one with `kadm token create` and join again',
    certain: false,
  },
  {
    message: /address already in use/,
    hint: portHint,
    certain: true,
  },
]
