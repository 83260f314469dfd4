import type { Cri } from '../../clients/cri/cri.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import { type Check, type Finding, failure, skipped, warning } from './check.ts'
import { usualConfig } from './containerd-config.ts'

/** The reason why a query to the runtime is skipped; check CRI gives the remedy. */
export const silentRuntime = 'the container runtime does not answer'

/**
 * Packages of containerd that come with Docker disable its CRI plugin. The runtime then answers, but does not support
 * Kubernetes.
 */
export const criPluginDisabled: Check = {
  name: 'CRIPluginDisabled',
  run: async ({ ctx, facts }) => {
    const { path = usualConfig, text = '' } = facts.containerd ?? {}
    const disabled = isContainerd(ctx.node.criSocket) ? disabledPlugins(text) : []
    return judgeCriPlugin(path, disabled, await offersCri(ctx.cri))
  },
}

/** `cri` is the answer of the runtime; `silent` if it cannot be queried. */
function judgeCriPlugin(
  config: string,
  disabled: readonly string[],
  cri: 'offered' | 'unknown' | 'silent',
): readonly Finding[] {
  const names = disabled.map(name => `"${name}"`).join(', ')
  const remedy = `take ${names || '"cri"'} out of disabled_plugins in ${config}, then \`systemctl restart containerd\``
  if (cri === 'offered')
    return names === ''
      ? []
      : [warning(`${config} disables ${names}: CRI ends with the next restart of containerd`, remedy)]
  if (names !== '') return [failure(`${config} disables the plugin ${names}`, remedy)]
  if (cri === 'silent') return [skipped(silentRuntime)]
  return [failure('the container runtime answers and does not offer CRI v1', remedy)]
}

export function isContainerd(socket: string): boolean {
  return socket.includes('containerd')
}

/**
 * Returns the entries of `disabled_plugins` that belong to CRI: `cri`, `io.containerd.grpc.v1.cri`,
 * `io.containerd.cri.v1.runtime`.
 */
export function disabledPlugins(toml: string): readonly string[] {
  const uncommented = toml.replace(/^\s*#.*$/gm, '')
  const list = /^\s*disabled_plugins\s*=\s*\[([^\]]*)\]/m.exec(uncommented)?.[1] ?? ''
  const names = [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map(match => match[1] ?? match[2] ?? '')
  return names.filter(name => name.split('.').includes('cri'))
}

async function offersCri(connect: () => Promise<Cri>): Promise<'offered' | 'unknown' | 'silent'> {
  try {
    await (await connect()).status()
    return 'offered'
  } catch (error) {
    if (!isAnswer(error)) throw error
    return error.reason === 'unimplemented' ? 'unknown' : 'silent'
  }
}
