import { given } from '../cluster/given.ts'
import { isSecret, type Secret, secret } from '../cluster/secret.ts'
import { maskUrls } from '../errors/mask-url.ts'
import type { Change } from '../pipeline/events.ts'

type Text = NonNullable<Change['before']>

/** Keys of a kubeconfig that are not secret; the values of all other keys are masked. */
const open = new Set([
  ...['apiVersion', 'kind', 'preferences', 'current-context', 'name', 'namespace'],
  ...['clusters', 'cluster', 'server', 'certificate-authority', 'certificate-authority-data', 'tls-server-name'],
  ...['contexts', 'context', 'user', 'users', 'client-certificate', 'client-certificate-data', 'client-key'],
])

/**
 * Returns the texts before and after a change for display: secrets as their sizes, equal sizes of different secrets as
 * `another`.
 */
export function maskTexts({ before, after }: Pick<Change, 'before' | 'after'>): {
  readonly before?: string
  readonly after?: string
} {
  const [old, now] = [before, after].map(text => (text === undefined ? undefined : mask(text)))
  return {
    ...given({
      before: old?.map(line => line.shown).join(''),
      after: now?.map(line => anotherThan(line, old ?? [])).join(''),
    }),
  }
}

/** A line for display; `hidden` is what is not shown. */
interface Line {
  readonly shown: string
  readonly hidden?: string
}

function mask(text: Text): readonly Line[] {
  if (typeof text === 'string') return maskText(text)
  if (isSecret(text)) return maskSecret(text)
  const bytes = text as Uint8Array
  const decoded = Buffer.from(bytes).toString()
  if (Buffer.from(decoded).equals(bytes)) return maskText(decoded)
  return [{ shown: `[${bytes.length} bytes of binary data]\n`, hidden: Buffer.from(bytes).toString('base64') }]
}

/** A private key in a file that kadm replaces, even if the new text is not a secret. */
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bclient-key-data\b/

/** Masks passwords in URLs line by line, so that the other lines stay comparable. */
function maskText(text: string): readonly Line[] {
  if (privateKey.test(text)) return maskSecret(secret(text))
  if (maskUrls(text) === text) return [{ shown: text }]
  const lines = text.split(/(?<=\n)/)
  return lines.map((line, i) => {
    // The name of a variable is on the line before its value.
    const before = lines[i - 1] ?? ''
    const shown = maskUrls(before + line, sizeOf).slice(maskUrls(before, sizeOf).length)
    return shown === line ? { shown } : { shown, hidden: line }
  })
}

function sizeOf(hidden: string): string {
  return `[secret, ${Buffer.byteLength(hidden)} bytes]`
}

function maskSecret(text: Secret): readonly Line[] {
  const whole = text.reveal()
  if (!/^kind: Config$/m.test(whole)) return [hide('', whole)]
  return whole.split(/(?<=\n)/).map(line => {
    const [, key, name = '', value = ''] = /^(\s*(?:- )?([\w-]+):)(.*)\n?$/.exec(line) ?? []
    if (key === undefined) return hide('', line)
    return isOpen(name, value.trim()) ? { shown: maskUrls(line, sizeOf) } : hide(`${key} `, value.trim())
  })
}

/**
 * Accepts a plain or quoted scalar of an open key, or an empty value. A flow collection, an anchor or a block can
 * contain anything.
 */
function isOpen(name: string, value: string): boolean {
  return value === '' || (open.has(name) && (/^[^{[&*|>!#]/.test(value) || value === '{}' || value === '[]'))
}

function hide(start: string, hidden: string): Line {
  return { shown: `${start}[secret, ${Buffer.byteLength(hidden)} bytes]\n`, hidden }
}

function anotherThan({ shown, hidden }: Line, old: readonly Line[]): string {
  const alike = old.filter(line => line.shown === shown)
  const another = hidden !== undefined && alike.length > 0 && alike.every(line => line.hidden !== hidden)
  return another ? shown.replace(/(\[(?:secret, )?\d+ bytes[^\]]*)\]/, '$1, another]') : shown
}
