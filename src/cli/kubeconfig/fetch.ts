import { connectTo } from '../../compose/machines.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { shellWord } from '../../errors/operator-commands.ts'
import { quote } from '../../host/quote.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { presentResult } from '../../ui/present-result.ts'
import type { CommonOptions } from '../options.ts'
import { ownFile, writeUnlessOther } from '../write-own.ts'

const remotePath = '/etc/kubernetes/admin.conf'

/** `kadm kubeconfig fetch`: writes admin.conf of a control plane to this host, with mode 0600. */
export async function runKubeconfigFetch(
  options: CommonOptions & { readonly to: string; readonly force?: boolean },
): Promise<number> {
  const [spec, ...more] = options.host ?? []
  if (spec === undefined) {
    throw new KadmError('USAGE', 'kubeconfig fetch requires a control plane host', {
      hint: 'give a control plane host: `kadm kubeconfig fetch --host cp1`',
    })
  }
  if (more.length > 0) {
    throw new KadmError('USAGE', 'kubeconfig fetch copies one file: give exactly one --host', {
      hint: `\`kadm kubeconfig fetch --host ${shellWord(spec)}\`: all control planes of a cluster have the same credentials`,
    })
  }
  if (options.to === '-' && options.output === 'json') {
    throw new KadmError('USAGE', '--to - cannot be combined with -o json: it prints the file unchanged, as YAML', {
      hint: 'omit -o, or write a file: --to ./admin.conf -o json reports what was written',
    })
  }
  const path = options.to === '-' ? '-' : ownFile('--to', options.to)
  const text = await read(spec, options)
  const { server, context } = parseKubeconfig(text, remotePath)
  if (options.to === '-') process.stdout.write(text)
  else {
    const written = writeUnlessOther(path, text, options.force === true)
    const result = { path, server, context, written }
    process.stdout.write(
      presentResult(
        result,
        options.output,
        () => `${path}: ${written ? 'written' : 'unchanged'}\n  export KUBECONFIG=${quote([path])}\n`,
      ),
    )
  }
  return 0
}

async function read(spec: string, options: CommonOptions): Promise<string> {
  const host = await connectTo(spec, options)
  try {
    const bytes = await host.readFile(remotePath)
    if (bytes !== undefined) return Buffer.from(bytes).toString()
    throw new KadmError('KUBECONFIG_INVALID', `${remotePath} does not exist on ${host.name}`, {
      hint: 'use a control plane host: workers have no admin.conf',
    })
  } finally {
    await host.close()
  }
}
