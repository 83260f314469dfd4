import { describe, expect, it } from 'vitest'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { type CertificateContext, certificateProblems } from '../../src/pki/certificate-problems.ts'
import { authority, type IssueOptions } from '../clients/https/authority.ts'

const ca = authority('kubernetes')
const namesake = authority('kubernetes')
const cas = [parseCertificate(ca.cert)]
const day = 86_400_000

function problems(options: IssueOptions, context: CertificateContext, inDays = 0): readonly string[] {
  const found = parseCertificate(ca.issue('kube-apiserver', options).cert)
  return certificateProblems(found, context, new Date(Date.now() + inDays * day))
}

describe('the problems of a certificate', () => {
  const valid: IssueOptions = { days: [-1, 0.5], dns: ['node1', 'old.example'], ips: ['10.0.0.1'] }
  const key = (state: 'matches' | 'differs' | 'missing') => ({ path: '/pki/apiserver.key', state })

  it.each<readonly [string, CertificateContext, number, readonly RegExp[]]>([
    ['no problem when it fits', { cas, key: key('matches') }, 0, []],
    ['its expiration', { cas }, 0.6, [/^expired on \d{4}-.*Z$/]],
    [
      'its expiration and another CA, both',
      { cas: [parseCertificate(namesake.cert)] },
      0.6,
      [/^expired/, /another CA of that name/],
    ],
    ['that it is not valid yet', { cas }, -2, [/^is not valid before/]],
    [
      'another CA',
      { cas: [parseCertificate(authority('front-proxy-ca').cert)] },
      0,
      [/^was not signed by the CA "front-proxy-ca"/],
    ],
    ['a CA that is missing', { cas: [] }, 0, [/^cannot be verified: its CA certificate is missing/]],
    [
      'a key of another certificate',
      { key: key('differs') },
      0,
      [/^does not belong to the key in \/pki\/apiserver\.key$/],
    ],
    ['a key that does not exist', { key: key('missing') }, 0, [/^has no key: \/pki\/apiserver\.key/]],
    [
      'the names that the configuration adds and removes',
      { sans: { dns: ['node1', 'new.example'], ips: ['10.0.0.1'] } },
      0,
      [
        /^is not valid for new\.example, which the configuration asks for$/,
        /^is valid for old\.example, which the configuration does not ask for$/,
      ],
    ],
  ])('the problems of a certificate contain %s', (_, context, inDays, wanted) => {
    const found = problems(valid, context, inDays)
    expect(found).toHaveLength(wanted.length)
    for (const [i, pattern] of wanted.entries()) expect(found[i]).toMatch(pattern)
  })

  it('the problems of a certificate contain that it is valid longer than its CA', () => {
    expect(problems({ days: [-1, 5] }, { cas })).toEqual([
      `is valid longer than its CA, which expires on ${cas[0]?.notAfter.toISOString()}`,
    ])
  })
})
