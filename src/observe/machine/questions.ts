import type { HostReader } from '../../host/host.ts'

/** Opens an answer in the output of a script; a byte that no text file of a host holds. */
const mark = '\u001e'

/** Pieces of POSIX shell by name, each printing what it finds and changing nothing. */
export type Questions = Readonly<Record<string, string>>

/** Answers by name, each as it was printed; empty when the host said nothing. */
export type Answers = (name: string) => string

/** Asks a host many things in one round trip: one script, one question after the other; `args` are its `"$@"`. */
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

/** Lines of an answer without the empty ones. */
export function lines(answer: string): readonly string[] {
  return answer.split('\n').filter(line => line.trim() !== '')
}
