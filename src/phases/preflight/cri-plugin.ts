import type { Cri } from '../../clients/cri/cri.ts'
import { isAnswer } from '../../errors/kadm-error.ts'
import { type Check, type Finding, failure, skipped, warning } from './check.ts'
import { usualConfig } from './containerd-config.ts'

/** Why a question to the runtime is left out; check CRI says what to do. */
export const silentRuntime = 'the container runtime does not answer'

/** Packages of containerd that come with Docker turn its CRI plugin off: then it answers, and knows no Kubernetes. */
export const criPluginDisabled: Check = {
  name: 'CRIPluginDisabled',
  run: async ({ ctx, facts }) => {
    const { path = usualConfig, text = '' } = facts.containerd ?? {}
    const disabled = isContainerd(ctx.node.criSocket) ? disabledPlugins(text) : []
    return judgeCriPlugin(path, disabled, await offersCri(ctx.cri))
  },
}

/** `cri` is what the runtime says when asked; `silent` when it cannot be asked. */
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

/** Of the names in `disabled_plugins`, those that make up CRI: `cri`, `io.containerd.grpc.v1.cri`, `io.containerd.cri.v1.runtime`. */
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
