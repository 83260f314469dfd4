import { exec } from './exec.ts'
import { portOf } from './network.ts'
import type { LabNode } from './node.ts'

/** Ends a fault. */
export type EndFault = () => Promise<void>

/**
 * Limits the bandwidth of a node in each direction: `1mbit`, `200kbit`. Packets are queued for at most half a second,
 * then dropped. The limit ends with the node.
 */
export async function limitBandwidth(node: LabNode, rate: string): Promise<EndFault> {
  const there = ['-t', String(node.pid), '-n', 'tc', 'qdisc']
  const set = (verb: string, ...limit: string[]) =>
    Promise.all([
      exec('tc', ['qdisc', verb, 'dev', portOf(node.address), 'root', ...limit]),
      exec('nsenter', [...there, verb, 'dev', 'eth0', 'root', ...limit]),
    ])
  await set('replace', 'tbf', 'rate', rate, 'burst', '16kb', 'latency', '500ms')
  return async () => void (await set('delete'))
}

/**
 * Moves a directory of a node with its content to a disk of its own with that size: `2m`. Running containers keep the
 * old one. It lasts until the node ends.
 */
export async function limitDisk(node: LabNode, folder: string, size: string): Promise<void> {
  await node.run(['bash', '-c', limitScript, 'bash', folder, size])
}

const limitScript = `
set -eu
mkdir -p "$1" /run/lab-disk
mount -t tmpfs -o "size=$2,mode=$(stat -c %a "$1")" tmpfs /run/lab-disk
cp -a "$1/." /run/lab-disk/
mount --make-private /run/lab-disk
mount --bind /run/lab-disk "$1"
umount /run/lab-disk`

/** Fills the disk of a directory of a node up to `leave` bytes; ending the fault removes the filler. */
export async function fillDisk(node: LabNode, folder: string, leave = 0): Promise<EndFault> {
  const file = `${folder}/.filler`
  const fill = 'head -c "$(($(stat -f -c "%a * %S" "$1") - $3))" /dev/zero > "$2"'
  await node.run(['bash', '-c', fill, 'bash', folder, file, String(leave)])
  return async () => void (await node.run(['rm', file]))
}

/** Drops packets to a TCP port of a node from outside, or from one address only; open connections stall too. */
export async function cutPort(node: LabNode, port: number, from?: LabNode): Promise<EndFault> {
  const source = from === undefined ? ['-i', 'eth0'] : ['-s', from.address]
  const rule = ['INPUT', ...source, '-p', 'tcp', '--dport', String(port), '-j', 'DROP']
  await node.run(['iptables', '-w', '-I', ...rule])
  return async () => void (await node.run(['iptables', '-w', '-D', ...rule]))
}
