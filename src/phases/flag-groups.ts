/** The flags for the discovery of the cluster and the authentication of the joining node. */
export const discoveryFlags = [
  'discovery-file',
  'discovery-token',
  'discovery-token-ca-cert-hash',
  'discovery-token-unsafe-skip-ca-verification',
  'tls-bootstrap-token',
  'token',
  'token-file',
] as const

/** The key of the uploaded certificates, and its file. */
export const certificateKeyFlags = ['certificate-key', 'certificate-key-file'] as const
