import { join } from 'node:path'
import { cacheDir } from '../paths.ts'
import type { KubernetesVersion } from '../versions.ts'

/** The Kubernetes version of the machines. */
export const version: KubernetesVersion = 'v1.37.2'

/** Everything of the virtual machines: images, disks with their saved states, and the key for SSH. */
export const vmDir = join(cacheDir, 'vm')

/** The machines by name, with the last part of their addresses. */
export const machines = { cp1: 11, w1: 21 } as const
export type MachineName = keyof typeof machines

/** The network namespace of the machines and of what talks to them. It has no link to any other network. */
export const namespace = 'kadm-vm'
export const bridge = 'vmbr0'
const net = '10.79.0'
export const gateway = `${net}.1`
export const addressOf = (name: MachineName) => `${net}.${machines[name]}`
export const tapOf = (name: MachineName) => `tap-${name}`
export const macOf = (name: MachineName) => `52:54:00:79:00:${machines[name].toString(16).padStart(2, '0')}`

/** What QEMU emulates. The host's own processor is not asked for anything, so that no /dev/kvm is needed. */
export const hardware = {
  accelerator: 'tcg,thread=multi',
  cpu: 'max,la57=off',
  cpus: 2,
  memoryMiB: 3072,
  disk: '8G',
}
