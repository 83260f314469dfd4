import type { HostReader } from '../../host/host.ts'

/** Containers of one host share its boot and have their own process namespaces. */
const script = 'cat /proc/sys/kernel/random/boot_id && readlink /proc/self/ns/pid'

/**
 * Returns the identity of a running system under any name, address and user: its boot and its process namespace. A
 * clone has its own boot, although disk and machine ID are equal. undefined if the host does not report it.
 */
export async function readIdentity(host: HostReader): Promise<string | undefined> {
  const { code, stdout } = await host.query(['sh', '-c', script], { what: 'inspecting the host' })
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}
