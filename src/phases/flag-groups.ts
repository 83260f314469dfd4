/** The flags with which a node finds its cluster and proves that it may join. */
export const discoveryFlags = [
  'discovery-file',
  'discovery-token',
  'discovery-token-ca-cert-hash',
  'discovery-token-unsafe-skip-ca-verification',
  'tls-bootstrap-token',
  'token',
  'token-file',
] as const

/** The key of the uploaded certificates, and the file that holds it. */
export const certificateKeyFlags = ['certificate-key', 'certificate-key-file'] as const
