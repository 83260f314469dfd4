import { kadmCommit, kadmVersion } from '../../cluster/kadm-version.ts'
import { releases } from '../../cluster/releases.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { presentResult } from '../../ui/present-result.ts'

/** `kadm version`: prints the version of kadm and the Kubernetes releases that it deploys. */
export async function runVersion({ output }: { readonly output: string }): Promise<number> {
  const kubernetes = releases.filter(release => release.deploys).map(release => release.newest)
  const { node, openssl } = process.versions
  const platform = `${process.platform}/${process.arch}`
  const info = { kadm: kadmVersion, commit: kadmCommit, kubernetes, node: `v${node}`, openssl, platform }
  if (output === 'short') process.stdout.write(`${info.kadm}\n`)
  else if (output === 'text' || output === 'json' || output === 'yaml') {
    const textOf = () => `kadm ${info.kadm}\nKubernetes ${kubernetes.join(', ')}\n`
    process.stdout.write(presentResult(info, output, textOf))
  } else {
    const hint = 'choose one of text, short, json, yaml'
    throw new KadmError('USAGE', `--output ${output} is not a supported output format`, { hint })
  }
  return 0
}
