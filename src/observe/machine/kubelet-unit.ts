import { paths } from '../../cluster/paths.ts'

/**
 * Prints the command of the kubelet's unit: the properties of the unit, then the marked lines of its environment files,
 * except the file that kadm writes.
 */
export const kubeletUnitQuestion = [
  'p=$(systemctl show kubelet -p ExecStart -p Environment -p EnvironmentFiles) || exit',
  String.raw`printf '%s\n' "$p"`,
  String.raw`printf '%s\n' "$p" | sed -n 's/^EnvironmentFiles=\(.*\) (ignore_errors=.*)$/\1/p' | while read -r f; do`,
  `[ "$f" = ${paths.kubeletEnv} ] || sed 's/^/file /' $f; done`,
].join('\n')

/** Shell commands that set `u` to the path of the kubelet of its unit, if there is one. */
const findKubelet = [
  'u=$(systemctl show kubelet -p ExecStart 2>/dev/null |',
  String.raw`sed -nE 's/^ExecStart=\{ path=([^ ]*) ; argv\[\]=(.*) ; ignore_errors=.*/\1 \2/p' |`,
  String.raw`tr ' ' '\n' | grep -E '^/(.*/)?kubelet$' | head -n 1)`,
].join('\n')

/** Shell commands that run the kubelet of its unit, else the first in PATH. */
export const runKubelet = `${findKubelet}\nexec "\${u:-kubelet}" "$@"`

/**
 * Shell commands that print the path of each named program with all links resolved, or an empty line. The kubelet is
 * that of its unit, else the first in PATH.
 */
export const programPaths = `${findKubelet}
for name; do
  [ "$name" != kubelet ] || name=\${u:-kubelet}
  path=$(command -v "$name") && readlink -f -- "$path" || echo
done`

export interface KubeletUnit {
  /** Returns the words of its command line with expanded variables; `ours` replaces kadm's kubelet arguments. */
  words(ours: readonly string[]): readonly string[]
}

/** The variable in /var/lib/kubelet/kubeadm-flags.env. */
const ourVariable = 'KUBELET_KUBEADM_ARGS'

/** undefined without a unit. */
export function parseKubeletUnit(answer: string): KubeletUnit | undefined {
  const rows = answer.split('\n')
  const argv = /^ExecStart=\{.*? ; argv\[\]=(.*?) ; ignore_errors=/m.exec(answer)?.[1]
  if (argv === undefined) return undefined
  const environment = rows.flatMap(row => (row.startsWith('Environment=') ? splitWords(row.slice(12)) : []))
  const files = rows.flatMap(row => (/^file \s*[#;]/.test(row) || !row.startsWith('file ') ? [] : [row.slice(5)]))
  const values = new Map([...environment, ...files].map(assignment))
  return {
    words: ours =>
      splitWords(argv).flatMap(word => {
        const [, name] = /^\$\{?(\w+)\}?$/.exec(word) ?? []
        if (name === undefined) return [word]
        return name === ourVariable ? ours : splitWords(values.get(name) ?? '')
      }),
  }
}

/** Returns the last value of a flag; '' for a flag without a value. */
export function lastFlag(words: readonly string[], name: string): string | undefined {
  const found = words.flatMap(word => {
    const [, flag, value = ''] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    return flag === name ? [value] : []
  })
  return found.at(-1)
}

function assignment(text: string): [string, string] {
  const at = text.indexOf('=')
  return [text.slice(0, at).trim(), splitWords(text.slice(at + 1).trim()).join(' ')]
}

/** Splits as systemd does: at blanks outside quotes, which are removed. */
function splitWords(text: string): readonly string[] {
  const words = text.match(/(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? []
  return words.map(word => word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, a?: string, b?: string) => a ?? b ?? ''))
}
