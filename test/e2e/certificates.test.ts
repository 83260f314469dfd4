import { expect, it } from 'vitest'
import { useCertificateNode, verifiesAlgorithms } from './certificate-node.ts'

const cp = useCertificateNode('certificates')

verifiesAlgorithms(cp, ['RSA-2048', 'ECDSA-P256', 'ECDSA-P384'])

it('kadm checks and renews the certificates of kubeadm, and kubeadm renews those of kadm again', async () => {
  await cp.make('kubeadm', 'ECDSA-P384')
  const serials = [await cp.verify()]
  for (const tool of ['kadm', 'kubeadm', 'kadm'] as const) {
    await cp.run(tool, 'certs', 'renew', 'all')
    serials.push(await cp.verify())
  }
  expect(new Set(serials.flat()).size).toBe(serials.flat().length)
})
