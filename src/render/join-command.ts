export interface JoinCommand {
  /** `host:port` */
  readonly endpoint: string
  /** Already masked where it must not be shown. */
  readonly token: string
  /** `sha256:<hex>`, one per CA. */
  readonly hashes: readonly string[]
  readonly controlPlane?: { readonly certificateKey?: string }
  readonly program?: string
}

/** The command that joins a node, over two lines (three for a control plane), each option followed by a space as kubeadm has it. */
export function renderJoinCommand({ endpoint, token, hashes, controlPlane, program = 'kadm' }: JoinCommand): string {
  const pins = hashes.map(hash => `--discovery-token-ca-cert-hash ${hash} `).join('')
  const worker = `${program} join ${endpoint} --token ${token} \\\n\t${pins}`
  if (controlPlane === undefined) return worker
  const key = controlPlane.certificateKey === undefined ? '' : `--certificate-key ${controlPlane.certificateKey}`
  return `${worker}\\\n\t--control-plane ${key}`
}

/** The same on one line, as `token create --print-join-command` prints it. */
export function renderJoinCommandLine(command: JoinCommand): string {
  return renderJoinCommand(command).replaceAll('\\\n', '').replaceAll('\t', '')
}
