import { KadmError } from '../errors/kadm-error.ts'
import { presentResult } from '../ui/present-result.ts'
import { versionInfo } from './version.ts'

export async function runVersion(options: { readonly output: string }): Promise<number> {
  const info = versionInfo()
  if (options.output === 'short') process.stdout.write(`${info.kadm}\n`)
  else if (options.output === 'text' || options.output === 'json' || options.output === 'yaml') {
    process.stdout.write(
      presentResult(info, options.output, value => `kadm ${value.kadm}\nKubernetes ${value.kubernetes.join(', ')}\n`),
    )
  } else throw new KadmError('USAGE', `--output ${options.output} is none of text, short, json, yaml`)
  return 0
}
