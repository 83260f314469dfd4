import { isKadmError, type KadmError } from './kadm-error.ts'
import { maskUrls } from './mask-url.ts'

/** The hosts of a run, as the operator named them: `[user@]address[:port]`. */
export interface Named {
  /** The one that is spoken of; absent when that is the host kadm runs on. */
  readonly machine?: string | undefined
  /** A control plane of the cluster that can be reached. */
  readonly controlPlane?: string | undefined
}

/** Commands that need a control plane of the cluster. All others with a host are meant for the one that is spoken of. */
const ofCluster =
  /^(node remove|token (create|list|delete)|init phase (upload-|bootstrap-token|addon|show-join-command))/
const withoutMachine = /^(version|certs|config (print|validate|images list)|token generate|help)\b/

const place = ' --host …'

/**
 * Commands of kadm in a text, which stand in backticks, as the operator can type them where this run was started: over SSH
 * they name the host with the very words that the operator used.
 */
export function nameMachines(text: string, { machine, controlPlane }: Named): string {
  return text.replace(
    /`kadm ([^`]+)`( on (?:this|the|that) (?:host|node)\b)?/g,
    (whole, command: string, where = '') => {
      if (withoutMachine.test(command) || /--help/.test(command)) return whole
      if (ofCluster.test(command)) {
        const given = controlPlane === undefined ? undefined : ` --host ${shellWord(controlPlane)}`
        if (command.includes(place)) return given === undefined ? whole : whole.replace(place, given)
        if (command.includes('--host')) return whole
        return `\`kadm ${command}${given ?? (machine === undefined ? '' : place)}\`${where}`
      }
      if (machine === undefined || command.includes('--host')) return whole
      return `\`kadm ${command} --host ${shellWord(machine)}\``
    },
  )
}

/** A command of kadm for one host, whichever the run works on: `spec` is how the operator named it. */
export function commandFor(spec: string | undefined, command: string): string {
  return `\`kadm ${command}${spec === undefined ? '' : ` --host ${shellWord(spec)}`}\``
}

/** A name of a host has no quotes in it: see nameFault. */
export function shellWord(spec: string): string {
  return /^[\w@%+=:,./-]+$/.test(spec) ? spec : `'${spec}'`
}

/** The same error, whose next steps the operator can type; with the step in which it happened, when that is given. */
export function withMachines(error: KadmError, named: Named, where = error.where): KadmError {
  const { message, problems, output } = error
  const hint = hintOf(error)
  return error.with({
    message: maskUrls(message),
    problems: problems.map(problem => withRemedy(problem, named)),
    ...(hint === undefined ? {} : { hint: shownText(hint, named) }),
    ...(output === undefined ? {} : { output: maskUrls(output) }),
    ...(where === undefined ? {} : { where }),
  })
}

/** What an error does not repeat of its cause. */
function hintOf({ code, hint, cause }: KadmError): string | undefined {
  return hint ?? (isKadmError(cause, code) ? hintOf(cause) : undefined)
}

/** A finding as people may see it. */
export function withRemedy<T extends { readonly message?: string; readonly remedy?: string }>(
  finding: T,
  named: Named,
): T {
  const { message, remedy } = finding
  return {
    ...finding,
    ...(message === undefined ? {} : { message: maskUrls(message) }),
    ...(remedy === undefined ? {} : { remedy: shownText(remedy, named) }),
  }
}

/** A text as people may see it: hosts as the operator named them, no passwords of URLs. */
export function shownText(text: string, named: Named): string {
  return maskUrls(nameMachines(text, named))
}
