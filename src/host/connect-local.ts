import { hostname } from 'node:os'
import type { ConnectedHost } from './host.ts'
import { localFiles } from './local/files.ts'
import { localTransport } from './local/transport.ts'
import { shellHost } from './shell-host.ts'

/** Returns the host that kadm runs on. Loads nothing of SSH. */
export async function connectLocal(): Promise<ConnectedHost> {
  return localFiles(shellHost(hostname(), localTransport()))
}
