import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { installDeb, packagesBind } from '../lab/packages.ts'
import { programOnNode } from '../lab/program.ts'
import { inLayers, shellsLayers } from '../lab/shells.ts'
import { kadmBinds } from './kadm.ts'

export type ShellName = 'bash' | 'zsh' | 'fish'

/** How the shell gets the script: `source`, or the file of the Debian package. */
export type Loaded = 'sourced' | 'installed'

/**
 * Ctrl-O ends a line that is never run: the shell prints it as `<<line>>`, and empties it. The text of these commands,
 * which the terminal shows too, has no such marks.
 */
const start: Readonly<Record<ShellName, readonly string[]>> = {
  bash: [
    "bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'; bind 'set completion-query-items 0'",
    "bind 'set page-completions off'",
    `bind -x '"\\C-o": printf "\\n%s<%s>>\\n" "<" "$READLINE_LINE"; READLINE_LINE='`,
  ],
  zsh: [
    // The usual Tab of zsh also expands what is typed, which is not completion.
    "bindkey '^I' complete-word",
    'unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u; LISTMAX=10000',
    `show() { print -r -- $'\\n<'"<$BUFFER>>"; BUFFER=; zle reset-prompt }; zle -N show; bindkey '^O' show`,
  ],
  fish: [`bind \\co 'printf "\\n%s<%s>>\\n" "<" (commandline); commandline ""; commandline -f repaint'`],
}

const load: Readonly<Record<ShellName, Readonly<Record<Loaded, string>>>> = {
  bash: { sourced: 'source <(kadm completion bash)', installed: 'source /usr/share/bash-completion/bash_completion' },
  zsh: { sourced: 'source <(kadm completion zsh)', installed: 'true' },
  fish: { sourced: 'kadm completion fish | source', installed: 'true' },
}

const argv: Readonly<Record<ShellName, readonly string[]>> = {
  bash: ['bash', '--norc', '--noprofile'],
  zsh: ['zsh', '-f'],
  fish: ['fish'],
}

/** A shell in a terminal of its own, with kadm and its completion; nothing that is typed there runs. */
export class ShellSession {
  readonly #child: ChildProcessWithoutNullStreams
  #output = ''
  #wake: () => void = () => undefined

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    const take = (chunk: Buffer) => {
      this.#output += chunk.toString()
      this.#wake()
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('close', () => this.#wake())
  }

  /** @param prepare a script of bash that runs first, in an empty working directory. */
  static async open(shell: ShellName, prepare: string, loaded: Loaded = 'sourced'): Promise<ShellSession> {
    const layers = await shellsLayers()
    const packages = loaded === 'installed' ? [await packagesBind()] : []
    const install = loaded === 'installed' ? installDeb : `ln -s ${programOnNode} /usr/local/bin/kadm`
    const script = `${install}\n${setUp}\n${prepare}\nexec script -qec '${argv[shell].join(' ')}' /dev/null`
    const [file = '', ...args] = inLayers(layers, [...kadmBinds, ...packages], ['bash', '-ec', script])
    const session = new ShellSession(spawn(file, args, { detached: true }))
    for (const line of [...start[shell], load[shell][loaded]]) session.#child.stdin.write(`${line}\r`)
    await session.line('ready')
    return session
  }

  /** Returns the line after the keys, and the output of the terminal. `\t` completes. */
  async press(keys: string): Promise<{ readonly line: string; readonly shown: string }> {
    this.#output = ''
    this.#child.stdin.write(`${keys}\x0f`)
    const marked = /<<(.*?)>>/s
    while (!marked.test(this.#output)) await this.#more()
    return { line: marked.exec(this.#output)?.[1] ?? '', shown: stripVTControlCharacters(this.#output) }
  }

  async line(keys: string): Promise<string> {
    return (await this.press(keys)).line
  }

  close(): void {
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
  }

  async #more(): Promise<void> {
    if (this.#child.exitCode !== null) throw new Error(`the shell ended: ${this.#output}`)
    await new Promise<void>(resolve => {
      this.#wake = resolve
    })
  }
}

const setUp = `
mkdir /tmp/here
cd /tmp/here`
