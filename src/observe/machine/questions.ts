import type { HostReader } from '../../host/host.ts'

/** Starts an answer in the output of a script; a byte that no text file contains. */
const mark = '\u001e'

/** Pieces of POSIX shell by name. Each prints its answer and changes nothing. */
export type Questions = Readonly<Record<string, string>>

/** Answers by name, as printed; empty without output. */
export type Answers = (name: string) => string

/** Runs many queries on a host in one round trip: one script, one query after another; `args` are its `"$@"`. */
export async function ask(host: HostReader, questions: Questions, args: readonly string[] = []): Promise<Answers> {
  const { stdout } = await host.query(['sh', '-c', renderQuestions(questions), 'sh', ...args], {
    what: 'inspecting the host',
  })
  return parseAnswers(stdout)
}

export function renderQuestions(questions: Questions): string {
  const asked = Object.entries(questions).map(
    ([name, shell]) => `printf '\\036%s\\n' '${name}'\n( ${shell}\n) 2>/dev/null </dev/null`,
  )
  return [...asked, ':'].join('\n')
}

export function parseAnswers(stdout: string): Answers {
  const answers = new Map<string, string>()
  for (const section of stdout.split(mark).slice(1)) {
    const end = section.indexOf('\n')
    if (end > 0) answers.set(section.slice(0, end), section.slice(end + 1))
  }
  return name => answers.get(name) ?? ''
}

/** Returns the lines of an answer except the empty ones. */
export function lines(answer: string): readonly string[] {
  return answer.split('\n').filter(line => line.trim() !== '')
}
