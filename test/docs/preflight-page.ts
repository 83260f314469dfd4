import { type CheckedBy, type CheckRow, kadmRows, kubeadmRows } from '../../src/phases/preflight/table.ts'
import { withTable } from './with-table.ts'

/** The level of a check, what it examines, and the remedy. */
type Explanation = readonly [level: string, looksAt: string, remedy: string]

/** The description of each check in the table; its row lists the commands that run it. */
const explanations: Readonly<Record<string, Explanation>> = {
  IsPrivilegedUser: [
    'error',
    'The login user is root, or becomes it through sudo. Without, nothing else is checked.',
    'Log in as root, or allow sudo.',
  ],
  'FileAvailable-P': [
    'error',
    'Nothing is at the path: kubelet.conf, bootstrap-kubelet.conf and the CA file on joins, the four static pods on control planes.',
    '`kubeadm reset` on the host.',
  ],
  NumCPU: ['error', 'Two CPUs or more.', 'Give it more.'],
  Mem: ['error', '1700 MB of memory or more.', 'Give it more.'],
  KubernetesVersion: [
    'warning',
    'The release is one that kadm knows; an error when it is not a version at all.',
    'A newer kadm.',
  ],
  Firewalld: ['warning', 'firewalld is not active.', 'Open the ports, or stop it.'],
  'Port-N': [
    'error',
    "Nothing listens on the port: the API server's, 10259, 10257, 2379 and 2380 on control planes, 10250 on all. kadm adds 2381 and 10248, and the ports to which the configuration moves a component.",
    'Stop what listens there.',
  ],
  HTTPProxy: ['warning', 'Requests to the API server do not go through a proxy.', '`no_proxy`.'],
  HTTPProxyCIDR: ['warning', 'Nor do those to services and pods.', '`no_proxy`.'],
  CRI: ['error', 'The container runtime answers and is ready.', 'Start it.'],
  ContainerRuntimeVersion: [
    'warning',
    'It reports its cgroup driver (CRI RuntimeConfig); an error when it does not answer.',
    'A newer one.',
  ],
  Swap: [
    'both',
    'Swap that is on, which the kubelet is configured to refuse (`failSwapOn`, true unless given), is an error; else a warning.',
    '`swapoff -a`, or `failSwapOn: false`.',
  ],
  'FileExisting-P': ['error', '`losetup`, `mount` and `cp` are in PATH.', 'Install them.'],
  SystemVerification: [
    'both',
    'Kernel release and options, Linux, control groups. cgroups v1 is an error for a kubelet of 1.35 or newer.',
    'A kernel that has them.',
  ],
  Hostname: ['warning', "The node's name is well formed and can be looked up.", '`/etc/hosts`, or DNS.'],
  KubeletVersion: [
    'error',
    "The kubelet is of the cluster's minor or at most three older; on init not newer. The kubelet that its unit starts is asked, else the one in PATH.",
    'Install another one.',
  ],
  'Service-kubelet': ['warning', 'The service is enabled.', '`systemctl enable kubelet`.'],
  'FileContent-P': [
    'error',
    'The kernel forwards packets of the families in use. Joins: only by token at an IP address.',
    '`sysctl`.',
  ],
  ExternalEtcdVersion: ['error', 'An external etcd is 3.5.24 or newer, asked at `httpEndpoints`.', 'Upgrade it.'],
  'DirAvailable-P': [
    'error',
    "etcd's data directory is empty or absent. On a file system of its own, `lost+found`, `.snapshot` and `.zfs` do not count, unlike with kubeadm.",
    '`kubeadm reset` where a cluster was; else move away what is there, or use another directory.',
  ],
  ExternalEtcdClientCertificates: [
    'error',
    'The files named for an external etcd are there, unless `--certificate-key` or `--from` brings them.',
    'Copy them.',
  ],
  ImagePull: [
    'error',
    'The images can be pulled, five tries each. Pulls them, so `kadm preflight` leaves it out.',
    'Reach the registry, or import them.',
  ],
  AlreadyJoined: [
    'error',
    'The host is not a node of another cluster, nor of this one under another name.',
    '`kadm reset` on the host, or the old name with `--node-name`.',
  ],
  CARotation: [
    'error',
    'No rotation of the CAs is in progress, on the control plane of `--from`. Upgrades check the node itself.',
    '`kadm certs rotate-ca` to its end, or its `rollback`.',
  ],
  CRIPluginDisabled: [
    'error',
    "containerd's `disabled_plugins` holds CRI, as in the packages that come with Docker, or what answers knows no CRI v1. A warning when it still runs and would not after a restart.",
    'Take it out, restart containerd.',
  ],
  CgroupDriver: [
    'both',
    'Kubelet configuration and runtime name one cgroup driver. A warning when the runtime reports its driver, since the kubelet follows it; an error when it does not and the file that containerd was started with says otherwise; without a file it is not judged.',
    '`cgroupDriver`, or `SystemdCgroup`.',
  ],
  ClockSkew: [
    'both',
    "The host's clock against the median of all hosts: more than 1 s is a warning, more than 30 s an error. Against the clock that kadm goes by: more than 1 minute a warning, more than 4 minutes an error.",
    '`timedatectl set-ntp true`.',
  ],
  DuplicateHostname: [
    'error',
    '(Two given hosts that would join under one name are refused before anything is checked.) No other host has this host name, and no Node of the cluster this name unless it is this host.',
    'Another name, `--node-name`, or `kadm node remove`.',
  ],
  DuplicateMachineID: [
    'error',
    'No other host, given or in the cluster, has this `/etc/machine-id`.',
    '`systemd-machine-id-setup`.',
  ],
  DuplicateProductUUID: ['warning', 'No other host has this UUID in its firmware.', "The hypervisor's settings."],
  DuplicateStaticPod: [
    'error',
    'Control planes: no other file in `/etc/kubernetes/manifests` defines the pod of a component. The kubelet reads every file there whose name does not begin with a dot, also `.bak` and `~`.',
    'Move it out of the directory, then restart the kubelet.',
  ],
  KubeletNodeName: [
    'error',
    "The files of the kubelet's service (`/etc/default/kubelet`, drop-ins) give no other name with `--hostname-override`.",
    'Take the flag out, or `--node-name`.',
  ],
  DuplicateAddress: [
    'both',
    'No other host goes by an address that this host has, as behind the NAT of a hypervisor. A warning for a Node that the cluster does not hear of, and for the address that VirtualBox gives every host.',
    '`--apiserver-advertise-address`, and `node-ip` in `kubeletExtraArgs`.',
  ],
  ClusterSettings: [
    'both',
    'A further init on a control plane has the subnets, the DNS domain and the endpoint that the cluster stores. A warning names other settings that it changes.',
    'The settings of the first init.',
  ],
  ClusterNetworks: [
    'both',
    "The service and pod subnets do not contain the host's own address (error), nor a name server or a network that it has a route to (warning). The kubelet has an address of the family of the services.",
    'Other subnets, or `node-ip`.',
  ],
  MTU: [
    'warning',
    "The interface with the node's address takes packets as large as those of most other hosts.",
    'One MTU for all.',
  ],
  PortReachable: ['error', 'Packets come through to the ports that nodes use of each other.', 'Open the ports.'],
  ControlPlaneEndpoint: [
    'error',
    'A control plane joins a cluster that has a controlPlaneEndpoint.',
    '`controlPlaneEndpoint` in the ConfigMap `kubeadm-config`.',
  ],
  Certificates: [
    'error',
    'First control planes: what is in `certificatesDir` works and belongs together. Joining ones without `--certificate-key` or `--from`: what control planes share is there.',
    'Remove, fix or copy the files that are named.',
  ],
  EtcdData: [
    'error',
    'First control planes: an external etcd, or the data directory, holds no objects of another cluster, known by its CA; a warning when an external etcd cannot be asked.',
    'Empty it, or bring the CA and its keys of that cluster. Ignore the check to go on with a new CA.',
  ],
  EtcdDiskLatency: [
    'warning',
    '`kadm preflight --control-plane` only, with etcd on the host: the 99th percentile of 100 small writes is 10 ms or less.',
    'An SSD of its own.',
  ],
}

/** Steps before and after the rows of the table, by the commands that have them. */
const first = { name: 'IsPrivilegedUser', askedBy: 'all, reset' }
const last = { name: 'ImagePull', askedBy: 'init, control plane' }

/** Returns docs/preflight.md with its two tables generated from the code. */
export function preflightPage(page: string): string {
  const kubeadm = [first, ...merged(kubeadmRows), last]
  const names = new Set(kubeadm.map(({ name }) => name))
  const added = merged(kadmRows).filter(({ name }) => !names.has(name))
  refuseStrays([...kubeadm, ...added].map(({ name }) => name))
  return withTable(withTable(page, 'Checks of kubeadm', table(kubeadm)), 'Checks that kadm adds', table(added))
}

interface Line {
  readonly name: string
  readonly askedBy: string
}

/** Returns one line for all rows with a name. */
function merged(rows: readonly CheckRow[]): readonly Line[] {
  const names = [...new Set(rows.map(({ name }) => name))]
  return names.map(name => {
    const askers = new Set(rows.filter(row => row.name === name).flatMap(({ askedBy }) => askedBy))
    return { name, askedBy: shown(askers) }
  })
}

function shown(askers: ReadonlySet<CheckedBy>): string {
  const order: readonly CheckedBy[] = ['init', 'worker', 'control plane']
  return askers.size === order.length ? 'all' : order.filter(asker => askers.has(asker)).join(', ')
}

function table(lines: readonly Line[]): readonly string[] {
  const rows = lines.map(({ name, askedBy }) => {
    const [level, looksAt, remedy] = explanations[name] ?? ['', '', '']
    return `| \`${name}\` | ${askedBy} | ${level} | ${looksAt} | ${remedy} |`
  })
  return ['| check | asked by | level | looks at | what to do |', '| --- | --- | --- | --- | --- |', ...rows]
}

/** Throws for a check without a description, and for a description without a check. */
function refuseStrays(names: readonly string[]): void {
  const missing = names.filter(name => explanations[name] === undefined)
  const stray = Object.keys(explanations).filter(name => !names.includes(name))
  if (missing.length + stray.length === 0) return
  throw new Error(`explanations in test/docs/preflight-page.ts: missing [${missing}], without a check [${stray}]`)
}
