import { kindMeanings, success } from '../../build/man/exit-meanings.ts'
import { type ErrorKind, errorCodes, exitCodes } from '../../src/errors/codes.ts'

/** The text of docs/errors.md, from the table of codes. */
export function errorsPage(): string {
  const codes = Object.entries(errorCodes).map(
    ([code, { kind, meaning }]) => `| \`${code}\` | ${kind} | ${exitCodes[kind]} | ${meaning} |`,
  )
  const exits = Object.entries(exitCodes).map(
    ([kind, exit]) => `| ${exit} | ${kind} | ${kindMeanings[kind as ErrorKind]} |`,
  )
  return `${[
    '# Errors',
    '',
    'Every error has a stable code. It stands at the right end of the first line that kadm prints on stderr, and in the',
    'field `code` of the error that `--output json` gives. Scripts may rely on the codes and on the exit codes, not on',
    'the messages.',
    '',
    '## Exit codes',
    '',
    '| exit code | kind | when |',
    '| --- | --- | --- |',
    `| 0 | | ${success} |`,
    ...exits,
    '',
    'When several hosts fail in one run, the gravest kind decides: bug, interrupted, host, step, preflight, usage.',
    '',
    '## Codes',
    '',
    '| code | kind | exit code | meaning |',
    '| --- | --- | --- | --- |',
    ...codes,
  ].join('\n')}\n`
}
