import { certificateFacts, isPair, keyFacts, type Surroundings } from './credentials.ts'
import type { NodeFile } from './files.ts'

/** When the commands that created the certificates and the kubeconfigs began. */
export interface Starts {
  readonly certs: Date
  readonly kubeconfig: Date
}

/** Returns files of a node by path for comparison: texts byte for byte, credentials without random values. */
export function describeFiles(files: ReadonlyMap<string, NodeFile>, starts: Starts): Record<string, unknown> {
  const cas = new Map([...files].flatMap(([path, { text = '' }]) => (/ca\.crt$/.test(path) ? [[path, text]] : [])))
  const entries = [...files].map(([path, { text, ...rest }]) => {
    const content = text === undefined ? {} : { content: describeText(path, text, { files, cas, starts }) }
    return [path, { ...rest, ...content }]
  })
  return Object.fromEntries(entries)
}

interface Context {
  readonly files: ReadonlyMap<string, NodeFile>
  readonly cas: ReadonlyMap<string, string>
  readonly starts: Starts
}

function describeText(path: string, text: string, { files, cas, starts }: Context): unknown {
  const key = () => files.get(path.replace(/\.(crt|pub)$/, '.key'))?.text ?? ''
  if (path.endsWith('.crt')) {
    return { ...certificateFacts(text, { cas, startedAt: starts.certs }), pair: isPair(text, key()) }
  }
  if (path.endsWith('.key')) return keyFacts(text)
  if (path.endsWith('.pub')) return { ...keyFacts(text), pair: isPair(text, key()) }
  if (path.endsWith('.conf')) return kubeconfigFacts(text, { cas, startedAt: starts.kubeconfig })
  return text
}

/** The text byte for byte without credentials, and the credentials. */
function kubeconfigFacts(text: string, around: Surroundings) {
  const ca = embedded(text, 'certificate-authority')
  const [certificate, key] = [embedded(text, 'client-certificate'), embedded(text, 'client-key')]
  return {
    text: text.replace(/-data: \S+$/gm, '-data: …'),
    ca: [...around.cas].filter(([, pem]) => pem === ca).map(([path]) => path),
    ...(certificate === undefined ? {} : { certificate: certificateFacts(certificate, around) }),
    ...(key === undefined ? {} : { key: keyFacts(key) }),
    ...(certificate === undefined || key === undefined ? {} : { pair: isPair(certificate, key) }),
  }
}

/** Returns the PEM in a field of a kubeconfig; undefined if absent, as in that of a kubelet that rotates its own. */
function embedded(text: string, field: string): string | undefined {
  const found = new RegExp(`${field}-data: (\\S+)$`, 'm').exec(text)?.[1]
  return found === undefined ? undefined : Buffer.from(found, 'base64').toString('utf8')
}
