import { describe, expect, it } from 'vitest'
import { computeJws, verifyJws } from '../../src/pki/jws.ts'

const input = { content: 'apiVersion: v1\n', tokenId: 'abcdef', tokenSecret: '0123456789abcdef' }
const signature = 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..K1chermAQEq0rdqy-ehj0VDfmA_ytv8Wzh9g26FldrE'

describe('the signature of cluster-info', () => {
  it('computeJws returns the signature that kube-controller-manager creates', () => {
    expect(computeJws(input)).toBe(signature)
    expect(verifyJws({ ...input, signature })).toBe(true)
  })

  it.each([
    ['content', { content: 'apiVersion: v1' }],
    ['token id', { tokenId: 'abcdeg' }],
    ['token secret', { tokenSecret: '0123456789abcdeF' }],
    ['signature', { signature: signature.replace('..K', '..L') }],
    ['length', { signature: '' }],
  ])('verifyJws rejects the signature after a change of its %s', (_, change) => {
    expect(verifyJws({ ...input, signature, ...change })).toBe(false)
  })
})
