#!/bin/bash
# Becomes a node: waits for its network interface, lays out the file systems of a container host and starts systemd.
# Runs as the first process of new pid, mount, uts, ipc and network namespaces; "boot.sh inside" runs, as the same
# process, once the cgroup namespace is there too. The environment says what to make:
#   LAB_NODE, LAB_ROOT (the overlay), LAB_ADDRESS, LAB_GATEWAY, LAB_ADDRESS6, LAB_GATEWAY6,
#   LAB_CGROUP (name of the node's cgroup), LAB_CGROUPS (lines "mountpoint type options")
set -eu

if [ "${1:-}" != inside ]; then
  # End-of-file instead of a line means that the lab died before this node was recorded.
  read -r _ || exit 1
  while read -r mountpoint _; do
    echo 0 > "$mountpoint/$LAB_CGROUP/cgroup.procs"
  done <<< "$LAB_CGROUPS"
  exec unshare --cgroup "$BASH" "$0" inside < /dev/null
fi

ip link set lo up
ip link set eth0 up
ip addr add "$LAB_ADDRESS/24" dev eth0
ip route add default via "$LAB_GATEWAY"
ip -6 addr add "$LAB_ADDRESS6/64" dev eth0 nodad
ip -6 route add default via "$LAB_GATEWAY6"
hostname "$LAB_NODE"

# The name server in resolv.conf. Nothing listens there, so every look-up is refused, and no limit delays a refusal.
# It is not in 127.0.0.0/8, which CoreDNS in a pod would take for itself, and it is link-local, so that nobody takes it
# for the node's address.
ip addr add 169.254.53.53/32 dev lo scope host

mount --rbind "$LAB_ROOT" "$LAB_ROOT"
cd "$LAB_ROOT"
mount -t proc proc proc
mount -t tmpfs tmpfs run -o mode=755
mount -t tmpfs tmpfs tmp
echo 1 > proc/sys/net/ipv4/ip_forward
echo 1 > proc/sys/net/ipv6/conf/all/forwarding
echo 0 > proc/sys/net/ipv4/icmp_ratelimit

# Of the kernel's settings only those of the node's own network may change. The ones the kubelet insists on belong to
# the whole machine, so it is shown files that already have the values it wants.
mkdir run/lab
mount --bind proc/sys proc/sys
mount --bind proc/sys/net proc/sys/net
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=${setting%=*}
  [ -e "proc/sys/$file" ] || continue
  echo "${setting#*=}" > "run/lab/${file//\//.}"
  mount --bind "run/lab/${file//\//.}" "proc/sys/$file"
done
mount -o remount,bind,ro proc/sys

mount -t sysfs sysfs sys
mount -o remount,bind,ro sys
if [ "$LAB_CGROUPS" = "/sys/fs/cgroup cgroup2" ]; then
  mount -t cgroup2 cgroup2 sys/fs/cgroup
else
  mount -t tmpfs tmpfs sys/fs/cgroup -o mode=755
  while read -r mountpoint type options; do
    mkdir ".$mountpoint"
    mount -t "$type" ${options:+-o "$options"} "$type" ".$mountpoint"
  done <<< "$LAB_CGROUPS"
fi

mount -t tmpfs tmpfs dev -o mode=755
mkdir dev/pts dev/shm dev/mqueue dev/net
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=0666,mode=620,gid=5
mount -t tmpfs tmpfs dev/shm
mount -t mqueue mqueue dev/mqueue
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
for device in null zero full random urandom tty kmsg fuse net/tun; do
  [ -e "/dev/$device" ] || continue
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done

mkdir -p .machine
pivot_root . .machine
umount -l /.machine
rmdir /.machine
mount --make-rshared /
exec env -i container=docker PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
