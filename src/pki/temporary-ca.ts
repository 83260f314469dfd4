import type { KeyObject } from 'node:crypto'
import { altNames } from './alt-names.ts'
import { issueCertificate } from './issue.ts'
import { generateKey, privateKeyPem, publicKeyPem } from './keys.ts'

const day = 24 * 3600 * 1000

/** A CA in memory for the duration of a dry run. */
export interface TemporaryCa {
  readonly certificate: string
  readonly key: string
}

export async function makeTemporaryCa(commonName: string, now: Date): Promise<TemporaryCa> {
  const key: KeyObject = await generateKey('ECDSA-P256')
  const certificate = issueCertificate({
    subject: { commonName, organizations: [] },
    usages: [],
    sans: altNames([commonName]),
    ca: true,
    key,
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + 3650 * day),
  })
  return { certificate, key: privateKeyPem(key).reveal() }
}

/** Creates the shared files of control planes except the cluster CA, by their keys in kubeadm-certs. */
export async function makeTemporarySharedFiles(ca: TemporaryCa, now: Date): Promise<ReadonlyMap<string, string>> {
  const [proxy, etcd, sa] = await Promise.all([
    makeTemporaryCa('front-proxy-ca', now),
    makeTemporaryCa('etcd-ca', now),
    generateKey('ECDSA-P256'),
  ])
  return new Map([
    ['ca.crt', ca.certificate],
    ['ca.key', ca.key],
    ['front-proxy-ca.crt', proxy.certificate],
    ['front-proxy-ca.key', proxy.key],
    ['etcd-ca.crt', etcd.certificate],
    ['etcd-ca.key', etcd.key],
    ['sa.key', privateKeyPem(sa).reveal()],
    ['sa.pub', publicKeyPem(sa)],
  ])
}
