import type { FlagValues } from '../../config/flags/flag.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/** Rejects flags that only make sense for a single host. Throws USAGE. */
export function refuseOneForMany(machines: number, flags: FlagValues): void {
  const single = {
    'node-name': 'each host joins under its own hostname',
    'apiserver-advertise-address': 'each host advertises its own address',
  }
  for (const [name, instead] of Object.entries(single)) {
    if (machines === 1 || flags[name] === undefined) continue
    throw new KadmError('USAGE', `--${name} applies to a single host and cannot be used with several --host`, {
      hint: `omit it: ${instead}`,
    })
  }
}
