import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import { readProcesses } from './processes.ts'
import { ask } from './questions.ts'
import { readText } from './read-text.ts'

/** Paths that the kubelet of a host uses in addition to the default ones: absolute, each once. */
export interface KubeletPaths {
  readonly rootDirs: readonly string[]
  readonly certDirs: readonly string[]
  /** Directories of static pods. */
  readonly podDirs: readonly string[]
  /** Its configuration and kubeconfigs, if flags name others than kadm writes. */
  readonly files: readonly string[]
}

const questions = {
  unit: 'systemctl cat kubelet',
  files: `
{ printf '%s\\n' ${paths.kubeletEnv} /etc/default/kubelet /etc/sysconfig/kubelet
  systemctl cat kubelet | sed -n 's/^EnvironmentFile=-\\{0,1\\}//p'; } | sort -u |
while read -r file; do cat "$file"; echo; done`,
} as const

const usual: KubeletPaths = {
  rootDirs: [paths.kubeletDir],
  certDirs: [paths.kubeletPkiDir],
  podDirs: [paths.manifestsDir],
  files: [paths.kubeletConfig, `${paths.kubernetesDir}/kubelet.conf`, paths.bootstrapKubeconfig],
}

/**
 * Reads the flags of the running kubelet, of its unit with all drop-ins, and of the files that the unit reads; then its
 * configuration.
 */
export async function readKubeletPaths(host: HostReader): Promise<KubeletPaths> {
  const [answers, processes] = await Promise.all([ask(host, questions), readProcesses(host)])
  const running = processes.filter(({ program, ofPod }) => program === 'kubelet' && !ofPod)
  const texts = [...running.map(({ words }) => words.join('\n')), answers('unit'), answers('files')]
  const flags = (...names: readonly string[]) =>
    names.flatMap(name => texts.flatMap(text => valuesOf(text, name))).filter(value => value.startsWith('/'))
  const configs = [...new Set([paths.kubeletConfig, ...flags('config')])]
  const podDirs = await Promise.all(configs.map(path => staticPodPath(host, path)))
  const others = (kind: keyof KubeletPaths, found: readonly string[]) =>
    [...new Set(found.map(path => path.replace(/(.)\/+$/, '$1')))].filter(path => !usual[kind].includes(path))
  return {
    rootDirs: others('rootDirs', flags('root-dir')),
    certDirs: others('certDirs', flags('cert-dir')),
    podDirs: others('podDirs', [...flags('pod-manifest-path'), ...podDirs.flat()]),
    files: others('files', flags('config', 'kubeconfig', 'bootstrap-kubeconfig')),
  }
}

/** Parses `--root-dir=/srv/kubelet` and `--root-dir /srv/kubelet`, with or without quotes, not in comments. */
function valuesOf(text: string, flag: string): readonly string[] {
  const lines = text.split('\n').filter(line => !/^\s*#/.test(line))
  const pattern = new RegExp(`(?:^|[\\s"'=])--?${flag}(?:=|\\s+)["']?([^\\s"']+)`, 'g')
  return [...lines.join('\n').matchAll(pattern)].map(match => match[1] ?? '')
}

async function staticPodPath(host: HostReader, config: string): Promise<readonly string[]> {
  const read = readYaml((await readText(host, config)) ?? '')
  const { staticPodPath } = (isTextFault(read) ? {} : (read.value ?? {})) as { readonly staticPodPath?: unknown }
  return typeof staticPodPath === 'string' && staticPodPath.startsWith('/') ? [staticPodPath] : []
}
