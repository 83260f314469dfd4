import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { flagsOfPhase } from '../../src/cli/run/phase-flags.ts'
import { faultOf } from './command-lines.ts'
import { runKadm } from './run-kadm.ts'

interface Flag {
  readonly short?: string
  readonly name: string
  readonly type: string
}
interface Recorded {
  readonly command: string
  readonly flags: readonly Flag[]
}

/** The flags in kubeadm's own help: see test/fixtures/kubeadm-flags/record.ts. */
function recorded(version: string): readonly Recorded[] {
  const text = readFileSync(new URL(`../fixtures/kubeadm-flags/${version}.txt`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map(line => {
      const [command = '', ...flags] = line.split(' | ')
      return { command, flags: flags.map(readFlag) }
    })
}

function readFlag(text: string): Flag {
  const [, short, name = '', type = ''] = /^(?:-(\w) )?--(\S+) (\S+)$/.exec(text) ?? []
  return { ...(short === undefined ? {} : { short }), name, type }
}

const notBuilt = /^upgrade\b/
const all = [...recorded('v1.36.3'), ...recorded('v1.37.2')].filter(({ command }) => !notBuilt.test(command))
const commands = [...new Map(all.map(one => [JSON.stringify(one), one])).values()]

/** Every form in which Go's flag parser accepts a value of the type. */
const forms: Readonly<Record<string, readonly string[]>> = {
  bool: ['', '=true', '=false', '=1', '=0', '=t', '=T', '=TRUE', '=True', '=f', '=F', '=FALSE', '=False'],
  int32: [' 6443', '=6443', '=0x192b', '=0b11', '=0o777', '=0777', '=6_443', '=+1', '=-1'],
  duration: [' 24h', '=1h30m', '=0', '=1.5h', '=300ms', '=2us', '=+5m'],
  strings: [' a', '=a,b', '=', '=\'"a,b",c\''],
  string: [' a', '=a', '='],
}
const choices: Readonly<Record<string, string>> = { output: 'json' }

describe('the flags of kubeadm', () => {
  it.each(commands.filter(({ flags }) => flags.length > 0))(
    'kadm accepts every form of the flags of kubeadm $command',
    ({ command, flags }) => {
      const lines = flags.flatMap(({ short, name, type }) => {
        const values = choices[name] === undefined ? forms[type] : [`=${choices[name]}`, ` ${choices[name]}`]
        if (values === undefined) throw new Error(`no form is known of ${type}`)
        return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].flatMap(flag =>
          values.map(value => `${command} ${flag}${value}`),
        )
      })
      expect(lines.filter(line => faultOf(line) !== undefined)).toEqual([])
    },
  )

  it.each(['--v=5', '-v=5', '-v 5', '--vmodule=a=1', '--vmodule a=1'])(
    'every command accepts %s before and after its name',
    flag => {
      expect([faultOf(`${flag} init`), faultOf(`init ${flag}`), faultOf(`token list ${flag}`)]).toEqual(
        Array(3).fill(undefined),
      )
    },
  )
})

/** Flags of kadm's phases in addition to kubeadm's: docs/compatibility.md. */
const own: Readonly<Record<string, readonly string[]>> = {
  '': ['config', 'dry-run', 'token-file', 'certificate-key-file'],
  'init phase show-join-command': ['control-plane-endpoint', 'kubeconfig', 'skip-token-print'],
  'init phase control-plane all': ['apiserver-extra-args', 'controller-manager-extra-args', 'scheduler-extra-args'],
  'init phase control-plane apiserver': ['apiserver-extra-args'],
  'init phase control-plane controller-manager': ['controller-manager-extra-args'],
  'init phase control-plane scheduler': ['scheduler-extra-args'],
  'join phase wait-control-plane': ['control-plane'],
  'join phase kubelet-wait-bootstrap': [
    ...['discovery-file', 'discovery-token', 'discovery-token-ca-cert-hash', 'tls-bootstrap-token', 'token'],
    'discovery-token-unsafe-skip-ca-verification',
  ],
}
/** Groups of kubeadm have no flags: they only print their help. kadm runs the whole family. */
const isGroup = ({ command }: Recorded) => commands.some(other => other.command.startsWith(`${command} `))
const phases = commands.filter(one => / phase \S/.test(one.command) && !isGroup(one))

describe('the flags of a single phase', () => {
  it.each(phases)(
    'kadm $command accepts and shows the flags of kubeadm and the documented flags of kadm',
    async ({ command, flags }) => {
      const [of = '', , ...words] = command.split(' ')
      const takes = flagsOfPhase(of as 'init', words.join('/')).map(({ name }) => name)
      const kubeadms = flags.map(({ name }) => name)
      expect(kubeadms.filter(name => !takes.includes(name))).toEqual([])
      const more = takes.filter(name => !kubeadms.includes(name))
      expect(more.filter(name => !own['']?.includes(name) && !own[command]?.includes(name))).toEqual([])
      const { stdout } = await runKadm([...command.split(' '), '--help'])
      const shown = [...stdout.matchAll(/^ {2}(?:-\w, )?--([\w-]+)/gm)].map(match => match[1])
      const everywhere = ['host', 'accept-new-host-keys', 'progress', 'output', 'v', 'from', 'help']
      expect(shown.filter(name => !everywhere.includes(name ?? '')).sort()).toEqual(
        takes.filter(name => !name.endsWith('-extra-args')).sort(),
      )
    },
  )
})
