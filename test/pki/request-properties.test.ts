import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKadmError } from '../../src/errors/kadm-error.ts'
import { altNames, noAltNames } from '../../src/pki/alt-names.ts'
import { createSigningRequest } from '../../src/pki/create-request.ts'
import { generateKey } from '../../src/pki/keys.ts'
import { decodePem, encodePem } from '../../src/pki/pem.ts'
import { profiles } from '../../src/pki/profile.ts'
import { parseRequest } from '../../src/pki/read-request.ts'
import { judgeRequest } from '../../src/pki/request-faults.ts'
import { anyNames } from './arbitraries.ts'
import { allAlgorithms } from './oracle.ts'

const nodeName = fc.domain().map(name => name.toLowerCase())

describe.each(allAlgorithms)('signing requests with keys of %s', algorithm => {
  it(`a request with a key of ${algorithm} is accepted with exactly the subject and the names that it was created with`, async () => {
    const key = await generateKey(algorithm)
    fc.assert(
      fc.property(fc.constantFrom(...profiles), nodeName, anyNames, (profile, node, names) => {
        const subject = profile.subject(node)
        const sans = profile.usages.includes('serverAuth') ? altNames(['localhost', ...names]) : noAltNames
        const request = parseRequest(createSigningRequest({ subject, sans, key }), 'x.csr')
        const judged = judgeRequest(request, profile, { nodeName: node })
        expect(judged).toEqual({ accepted: { subject, sans, publicKey: request.publicKey } })
      }),
      { numRuns: algorithm.startsWith('RSA') ? 20 : 100 },
    )
  })
})

it('a request with damaged bytes is judged or rejected with CERT_INVALID, and never accepted with other names', async () => {
  const key = await generateKey('ECDSA-P256')
  const [profile] = profiles
  if (profile === undefined) throw new Error('there are no profiles')
  const sans = altNames(['a.test', '::1'])
  const pem = createSigningRequest({ subject: profile.subject('cp1'), sans, key })
  const der = decodePem(pem)[0]?.der ?? Buffer.of()
  const damage = fc.array(fc.tuple(fc.nat(der.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1 })
  fc.assert(
    fc.property(damage, changes => {
      const changed = Buffer.from(der)
      for (const [at, byte] of changes) changed[at] = byte
      try {
        const judged = judgeRequest(parseRequest(encodePem('CERTIFICATE REQUEST', changed), 'x.csr'), profile)
        if ('accepted' in judged) expect(judged.accepted.sans).toEqual(sans)
      } catch (error) {
        if (!isKadmError(error, 'CERT_INVALID')) throw error
      }
    }),
    { numRuns: 500 },
  )
})
