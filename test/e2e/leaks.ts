/** A secret of a cluster, and its description. */
export interface Hidden {
  readonly what: string
  readonly value: string
}

/** A text that other users can read, and its location. */
export interface Place {
  readonly where: string
  readonly text: string
}

/** A bootstrap token anywhere in a text. */
export const tokenPattern = /(?<![a-z0-9])[a-z0-9]{6}\.[a-z0-9]{16}(?![a-z0-9])/

/** Patterns of secrets from any source, including those that a run has removed. */
const patterns: readonly (readonly [what: string, pattern: RegExp])[] = [
  // Sixteen letters without a digit are a word of a sentence, as in a log.
  ['a bootstrap token', /(?<![a-z0-9])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![a-z0-9])/g],
  ['a private key', /-----BEGIN ([A-Z]+ )?PRIVATE KEY/g],
  ['a private key in base64', /LS0tLS1CRUdJTiB(SU0EgU|FQyBQ|Q)UklWQV/g],
]

/** The secrets in a file: private keys as PEM or in a kubeconfig, and bootstrap tokens of kubeconfigs. */
export function secretsIn(path: string, text: string): readonly Hidden[] {
  const inside = [...text.matchAll(/client-key-data: *(\S+)/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString(),
  )
  const keys = [text, ...inside].flatMap(pem => pem.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END/g) ?? [])
  const tokens = [...text.matchAll(/^ *token: *(\S+)$/gm)].flatMap(([, token = '']) => tokenSecrets(token))
  return [...keys.flatMap(key => keySecrets(path, key)), ...tokens]
}

/**
 * Secret lines of a key: an RSA key begins with its public part, an elliptic one ends with it. Each also as in the
 * base64 of the whole PEM.
 */
function keySecrets(path: string, pem: string): readonly Hidden[] {
  const lines = pem.split('\n').filter(line => /^[A-Za-z0-9+/=]{40,}$/.test(line))
  const own = lines.length < 8 ? lines.slice(0, 1) : lines.slice(8)
  return own.flatMap(line => {
    // Whole groups of three bytes, so that they are equal at any position.
    const start = pem.indexOf(line)
    const aligned = pem.slice(start + ((3 - (start % 3)) % 3), start + 61)
    const whole = aligned.slice(0, aligned.length - (aligned.length % 3))
    return [
      { what: `private key of ${path}`, value: line },
      { what: `private key of ${path} in base64`, value: Buffer.from(whole).toString('base64') },
    ]
  })
}

/** The secret half of a bootstrap token, plain and as data of a Secret; `id.` before it completes the token. */
export function tokenSecrets(token: string): readonly Hidden[] {
  const [id = '', half = ''] = token.split('.')
  if (!tokenPattern.test(token)) return []
  return [
    { what: `secret of bootstrap token ${id}`, value: half },
    { what: `secret of bootstrap token ${id} in base64`, value: Buffer.from(half).toString('base64') },
  ]
}

/**
 * Returns secrets in texts that others can read, as lines with the secret masked: `stderr: private key of …: … *** …`.
 */
export function leaksIn(places: readonly Place[], secrets: readonly Hidden[]): readonly string[] {
  const unique = [...new Map(secrets.map(secret => [secret.value, secret])).values()]
  return places.flatMap(({ where, text }) => {
    const known = unique.filter(({ value }) => text.includes(value))
    const looking = patterns.flatMap(([what, pattern]) =>
      [...text.matchAll(pattern)].map(([value]) => ({ what, value })),
    )
    const found = new Map([...looking, ...known].map(secret => [secret.value, secret]))
    return [...found.values()].map(({ what, value }) => `${where}: ${what}: ${around(text, value)}`)
  })
}

function around(text: string, value: string): string {
  const at = text.indexOf(value)
  const before = text.slice(Math.max(0, at - 100), at)
  const after = text.slice(at + value.length, at + value.length + 60)
  return `${before.split('\n').at(-1)}***${after.split('\n')[0]}`
}
