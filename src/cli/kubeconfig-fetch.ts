import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { KadmError } from '../errors/kadm-error.ts'
import { parseKubeconfig } from '../pki/kubeconfig.ts'
import { presentResult } from '../ui/present-result.ts'
import { connectTo } from './machines.ts'
import type { CommonOptions } from './options.ts'
import { writeOwn } from './write-own.ts'

const remotePath = '/etc/kubernetes/admin.conf'

/** `kadm kubeconfig fetch`: admin.conf of a control plane, written here for its owner alone. */
export async function runKubeconfigFetch(
  options: CommonOptions & { readonly to: string; readonly force?: boolean },
): Promise<number> {
  const [spec] = options.host ?? []
  if (spec === undefined) {
    throw new KadmError('USAGE', 'kubeconfig fetch needs to know from where', {
      hint: 'kadm kubeconfig fetch --host cp1',
    })
  }
  const text = await read(spec, options)
  const { server, context } = parseKubeconfig(text, remotePath)
  if (options.to === '-') process.stdout.write(text)
  else {
    const path = resolve(options.to.replace(/^~(?=\/)/, homedir()))
    const written = write(path, text, options.force === true)
    const result = { path, server, context, written }
    process.stdout.write(
      presentResult(
        result,
        options.output,
        () => `${path}: ${written ? 'written' : 'unchanged'}\n  export KUBECONFIG=${path}\n`,
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
      hint: 'name a control plane: workers have no admin.conf',
    })
  } finally {
    await host.close()
  }
}

/** A kubeconfig that differs is somebody's: it is replaced only when asked for, and kept beside. */
function write(path: string, text: string, force: boolean): boolean {
  const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  if (found === text) return false
  if (found !== undefined && !force) {
    throw new KadmError('USAGE', `${path} exists already and differs`, {
      hint: 'choose another --to, or --force to replace it (a copy is kept)',
    })
  }
  if (found !== undefined) writeFileSync(`${path}.before`, found, { mode: 0o600 })
  writeOwn(path, text)
  return true
}
