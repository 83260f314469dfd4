import { KadmError } from '../errors/kadm-error.ts'
import type { Transport } from './host.ts'

/** Exit code by which the probe tells that the login user is root already. */
const isRoot = 64
const probe = `[ "$(id -u)" != 0 ] || exit ${isRoot}; exec sudo -n -- true`

/** Whether the login user needs sudo to be root. Throws HOST_SUDO when sudo asks for a password or refuses. */
export async function needsSudo(asUser: Transport, user: string, host: string): Promise<boolean> {
  const { code, stderr } = await asUser.run(probe, { what: 'sudo -n true' })
  if (code === isRoot) return false
  if (code === 0) return true
  const message = `${user} may not become root on ${host} without a password`
  const hint = `as root on ${host}: echo '${user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/kadm (and install sudo where it is missing); or log in as root`
  throw new KadmError('HOST_SUDO', message, { hint, output: stderr })
}
