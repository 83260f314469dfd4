/** The configuration of a host's containerd. */
export interface ContainerdConfig {
  readonly path: string
  readonly text: string
}

/** The default search path of containerd. */
export const usualConfig = '/etc/containerd/config.toml'

/** Prints the path, then the text; nothing without a file. Some systems start containerd with a file of their own. */
export const containerdQuestion = [
  'pid=$(systemctl show containerd -p MainPID --value)',
  String.raw`p=$(tr '\0' '\n' <"/proc/$pid/cmdline" | sed -nE '/^--?(config|c)$/{n;p;}; s/^--?(config|c)=//p' | head -n 1)`,
  `p=\${p:-${usualConfig}}`,
  'test -r "$p" && echo "$p" && cat "$p"',
].join('\n')

export function parseContainerdConfig(answer: string): ContainerdConfig | undefined {
  const end = answer.indexOf('\n')
  return end < 0 ? undefined : { path: answer.slice(0, end), text: answer.slice(end + 1) }
}
