/** One certificate that a host holds or presents, as `certs check-expiration` reports it. */
export interface ReportedCertificate {
  readonly host: string
  /** `apiserver`, `admin.conf`, `kubelet-client`; for a server its component, such as `kube-apiserver`. */
  readonly name: string
  /** `managed` and `ca` are the rows of kubeadm; `other` are more files; `served` is what a server presents. */
  readonly kind: 'managed' | 'ca' | 'other' | 'served'
  /** The file, or the URL of the server. */
  readonly from: string
  /** Absent if the file is missing or holds no certificate that can be read. */
  readonly notAfter?: Date
  readonly missing: boolean
  /** The key of its CA is not on the host. */
  readonly externallyManaged: boolean
  /** The name of its CA: `ca`, `etcd-ca`, `front-proxy-ca`; for another CA its common name. */
  readonly caName?: string
  readonly serial?: string
  /** What is wrong with it, as clauses that follow its name. */
  readonly problems: readonly string[]
  /** For a served certificate: whether the server's file holds the same one. `memory`: the server has no file. */
  readonly onDisk?: 'same' | 'differs' | 'memory'
}

/** A host or server that did not answer. */
export interface SilentPart {
  readonly host: string
  readonly message: string
}

export interface CertificateReport {
  readonly certificates: readonly ReportedCertificate[]
  readonly silent: readonly SilentPart[]
}

/** Returns the certificates with those first that expire first; those without a date come last. */
export function byExpiration(certificates: readonly ReportedCertificate[]): readonly ReportedCertificate[] {
  const time = ({ notAfter }: ReportedCertificate) => notAfter?.getTime() ?? Number.POSITIVE_INFINITY
  return certificates.toSorted((a, b) => (time(a) === time(b) ? 0 : time(a) - time(b)))
}
