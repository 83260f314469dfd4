import { describe, expect, it } from 'vitest'
import { certSpec } from '../../src/pki/cert-table.ts'
import { createSigningRequest } from '../../src/pki/create-request.ts'
import { readRequestName } from '../../src/pki/csr.ts'
import { children, decodeDer, encodeDer } from '../../src/pki/der.ts'
import { parsePrivateKey } from '../../src/pki/keys.ts'
import { decodePem } from '../../src/pki/pem.ts'
import { oracleAlgorithms, oracleCluster, oracleNode, oracleText } from './oracle.ts'

describe.each(oracleAlgorithms)('a signing request with a %s key', algorithm => {
  it.each(['apiserver', 'front-proxy-client'] as const)(
    'a signing request for %s requests what kubeadm requests',
    name => {
      const spec = certSpec(name)
      const pem = createSigningRequest({
        subject: spec.subject(oracleNode),
        sans: spec.sans(oracleCluster(algorithm), oracleNode),
        key: parsePrivateKey(oracleText(`${algorithm}/csr/${name}.key`)),
      })
      const theirs = oracleText(`${algorithm}/csr/${name}.csr`)
      expect(bodyOf(pem)).toBe(bodyOf(theirs))
      if (algorithm === 'RSA-2048') expect(pem).toBe(theirs)
    },
  )

  it.each([
    ['apiserver', 'kube-apiserver'],
    ['front-proxy-client', 'front-proxy-client'],
  ])('readRequestName reads from the signing request of kubeadm for %s the common name %s', (name, commonName) => {
    expect(readRequestName(oracleText(`${algorithm}/csr/${name}.csr`))).toBe(commonName)
  })
})

it.each(['', 'no PEM', oracleText('RSA-2048/ca.crt').slice(0, 200)])(
  'readRequestName returns undefined for text that is not a signing request',
  pem => {
    expect(readRequestName(pem)).toBeUndefined()
  },
)

function bodyOf(pem: string): string {
  const [block] = decodePem(pem)
  const [body] = children(decodeDer(block?.der ?? Buffer.alloc(0)))
  return body === undefined ? '' : encodeDer(body).toString('hex')
}
