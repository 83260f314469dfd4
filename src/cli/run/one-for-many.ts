import type { FlagValues } from '../../config/flags/flag.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/** What one machine alone can have. Throws USAGE. */
export function refuseOneForMany(machines: number, flags: FlagValues): void {
  const single = {
    'node-name': 'each machine joins under its own host name',
    'apiserver-advertise-address': 'each machine announces its own address',
  }
  for (const [name, instead] of Object.entries(single)) {
    if (machines === 1 || flags[name] === undefined) continue
    throw new KadmError('USAGE', `--${name} is for one machine and cannot be given with several --host`, {
      hint: `leave it out: ${instead}`,
    })
  }
}
