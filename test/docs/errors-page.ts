import { errorCodes, exitCodes } from '../../src/errors/codes.ts'

/** The text of docs/errors.md, from the table of codes. */
export function errorsPage(): string {
  const codes = Object.entries(errorCodes).map(
    ([code, { kind, meaning }]) => `| \`${code}\` | ${kind} | ${exitCodes[kind]} | ${meaning} |`,
  )
  const exits = Object.entries(exitCodes).map(([kind, exit]) => `| ${exit} | ${kind} | ${kindMeanings[kind] ?? ''} |`)
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
    '| 0 | | All is done, or was done before. |',
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

const kindMeanings: Readonly<Record<string, string>> = {
  usage: 'The command line or the configuration is wrong; nothing was changed.',
  preflight: 'Checks of a host failed; nothing was changed. Each check can be left out by its name.',
  host: 'A host cannot be reached or does not let kadm in.',
  step: 'A step failed. Once its cause is gone, the same command may be run again.',
  bug: 'A bug in kadm. Please report it.',
  interrupted: 'Stopped by Ctrl-C or SIGTERM between two steps; the same command may be run again.',
}
