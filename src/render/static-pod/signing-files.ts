interface Files {
  readonly certificate: string
  readonly key: string
}

/**
 * Returns the manifest of a controller manager with other files for the CA that signs, wherever it names one of `known`.
 * Everything else stays as it is.
 */
export function withSigningFiles(manifest: string, known: readonly Files[], wanted: Files): string {
  const replace = (text: string, flags: string, paths: readonly string[], path: string) =>
    text.replace(new RegExp(`(--(?:${flags})=)(?:${paths.map(escaped).join('|')})(?=["'\\s]|$)`, 'g'), `$1${path}`)
  const certificates = known.map(({ certificate }) => certificate)
  const keys = known.map(({ key }) => key)
  const signed = replace(
    manifest,
    'client-ca-file|cluster-signing-(?:[a-z-]+-)?cert-file',
    certificates,
    wanted.certificate,
  )
  return replace(signed, 'cluster-signing-(?:[a-z-]+-)?key-file', keys, wanted.key)
}

function escaped(path: string): string {
  return path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
