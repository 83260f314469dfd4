export interface JoinCommand {
  /** `host:port` */
  readonly endpoint: string
  /** Already masked if it must not be shown. */
  readonly token: string
  /** `sha256:<hex>`, one per CA. */
  readonly hashes: readonly string[]
  readonly controlPlane?: { readonly certificateKey?: string }
  readonly program?: string
}

/**
 * Renders the join command over two lines (three for a control plane), with a space after each option as in kubeadm.
 */
export function renderJoinCommand({ endpoint, token, hashes, controlPlane, program = 'kadm' }: JoinCommand): string {
  const pins = hashes.map(hash => `--discovery-token-ca-cert-hash ${hash} `).join('')
  const worker = `${program} join ${endpoint} --token ${token} \\\n\t${pins}`
  if (controlPlane === undefined) return worker
  const key = controlPlane.certificateKey === undefined ? '' : `--certificate-key ${controlPlane.certificateKey}`
  return `${worker}\\\n\t--control-plane ${key}`
}

/** Renders the join command on one line, as `token create --print-join-command` does. */
export function renderJoinCommandLine(command: JoinCommand): string {
  return renderJoinCommand(command).replaceAll('\\\n', '').replaceAll('\t', '')
}
