import type { HostReader } from '../../host/host.ts'

/** Containers of one host share its boot, and have process namespaces of their own. */
const script = 'cat /proc/sys/kernel/random/boot_id && readlink /proc/self/ns/pid'

/**
 * What a running system has for itself, under every name, address and user by which it is reached: its boot and its
 * process namespace. A clone was booted for itself, though its disk and its machine-id are equal. undefined when the
 * host does not say.
 */
export async function readIdentity(host: HostReader): Promise<string | undefined> {
  const { code, stdout } = await host.query(['sh', '-c', script], { what: 'inspecting the host' })
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}
