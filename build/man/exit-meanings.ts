import type { ErrorKind } from '../../src/errors/codes.ts'

/** When a run ends with the exit code of a kind: for docs/errors.md and the man pages. */
export const kindMeanings: Readonly<Record<ErrorKind, string>> = {
  usage: 'The command line or the configuration is wrong; nothing was changed.',
  preflight: 'Checks of a host failed; nothing was changed. Each check can be left out by its name.',
  host: 'A host cannot be reached or does not let kadm in.',
  step: 'A step failed. Once its cause is gone, the same command may be run again.',
  expiring:
    'A certificate has expired, expires within the time of --fail-within, or cannot be read; no command has failed.',
  available: 'An upgrade is available, and --exit-code was given; no command has failed.',
  'rolled-back': 'An upgrade failed and was rolled back, with --rollback-on-failure.',
  bug: 'A bug in kadm. Please report it.',
  interrupted: 'Stopped by Ctrl-C or SIGTERM between two steps; the same command may be run again.',
}

export const success = 'All is done, or was done before.'
