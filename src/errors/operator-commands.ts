import { isKadmError, type KadmError } from './kadm-error.ts'
import { maskUrls } from './mask-url.ts'

/** The hosts of a run as the operator named them: `[user@]address[:port]`. */
export interface Named {
  /** The host that the text is about; absent if kadm runs on it. */
  readonly machine?: string | undefined
  /** A control plane of the cluster that is reachable. */
  readonly controlPlane?: string | undefined
}

/**
 * Commands that need a control plane of the cluster. All other commands with a host are for the host that the text is
 * about.
 */
const ofCluster =
  /^(node remove|token (create|list|delete)|init phase (upload-|bootstrap-token|addon|show-join-command))/
const withoutMachine =
  /^(version|certs (certificate-key|sign-csr|rotate-ca)|config (print|validate|images list)|token generate|help)\b/

const place = ' --host …'

/**
 * Rewrites commands of kadm in backticks so that the operator can run them where this run was started. Over SSH they
 * name the host exactly as the operator did.
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

/** Returns a command of kadm for one host. `spec` is the host as the operator named it. */
export function commandFor(spec: string | undefined, command: string): string {
  return `\`kadm ${command}${spec === undefined ? '' : ` --host ${shellWord(spec)}`}\``
}

/** A host name contains no quotes: see nameFault. */
export function shellWord(spec: string): string {
  return /^[\w@%+=:,./-]+$/.test(spec) ? spec : `'${spec}'`
}

/** Returns the error with commands that the operator can run, and with the step in which it happened, if given. */
export function withMachines(error: KadmError, named: Named, where = error.where): KadmError {
  const { message, problems, output } = error
  const hint = hintOf(error)
  return error.with({
    message: maskUrls(message),
    problems: problems.map(problem => withRemedy(problem, named)),
    hint: hint && shownText(hint, named),
    output: output && maskUrls(output),
    where,
  })
}

/** Returns the hint that the cause does not already give. */
function hintOf({ code, hint, cause }: KadmError): string | undefined {
  return hint ?? (isKadmError(cause, code) ? hintOf(cause) : undefined)
}

/** Returns a finding for display: see shownText. */
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

/** Returns a text for display: hosts as the operator named them, without passwords of URLs. */
export function shownText(text: string, named: Named): string {
  return maskUrls(nameMachines(text, named))
}
