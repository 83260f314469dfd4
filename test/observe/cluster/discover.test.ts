import { describe, expect, it, vi } from 'vitest'
import { apiUnreachable } from '../../../src/clients/kube/failure.ts'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import type { Kube } from '../../../src/clients/kube/kube.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { type Connect, discoverByToken, type TokenDiscovery } from '../../../src/observe/cluster/discover.ts'
import { makeUntil } from '../../../src/pipeline/until.ts'
import { parseCertificate, spkiHash } from '../../../src/pki/certificate.ts'
import { computeJws } from '../../../src/pki/jws.ts'
import { renderClusterInfoKubeconfig } from '../../../src/render/kubeconfig.ts'
import { oracleText } from '../../pki/oracle.ts'

const caPem = oracleText('ECDSA-P256/ca.crt')
const otherCa = oracleText('ECDSA-P384/ca.crt')
const server = 'https://10.77.0.11:6443'
const tokenId = 'abcdef'
const tokenSecret = '0123456789abcdef'
const pin = spkiHash(parseCertificate(caPem))
const otherPin = spkiHash(parseCertificate(otherCa))

interface ClusterInfo {
  readonly ca?: string
  readonly signedWith?: string
  readonly signedFor?: string
}

/** An API server with this cluster-info. */
function answering({ ca = caPem, signedWith = tokenSecret, signedFor = tokenId }: ClusterInfo = {}): Kube {
  const kubeconfig = renderClusterInfoKubeconfig({ server, caPem: ca })
  const jws = computeJws({ content: kubeconfig, tokenId: signedFor, tokenSecret: signedWith })
  const data = { kubeconfig, [`jws-kubeconfig-${signedFor}`]: jws }
  const metadata = { name: 'cluster-info', namespace: 'kube-public' }
  return fakeKube({ server, objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }] })
}

const tlsError = (code: string) => Object.assign(new Error(code), { code })

const patient = makeUntil(new AbortController().signal)

function discover(unverified: Kube, verified: Kube, more: Partial<TokenDiscovery> = {}) {
  const connect = vi.fn<Connect>((_, trust) => ('insecure' in trust ? unverified : verified))
  const found = discoverByToken({
    endpoint: '10.77.0.11:6443',
    tokenId,
    tokenSecret,
    pins: [pin],
    connect,
    until: (what, probe, o) => patient(what, probe, { ...o, intervalMs: 1 }),
    report: () => undefined,
    timeoutMs: 60_000,
    ...more,
  })
  return { found, connect }
}

describe('discovery by token', () => {
  it('discovery by token trusts a CA that is signed, pinned and confirmed over verified TLS', async () => {
    const { found, connect } = discover(answering(), answering())
    expect(await found).toEqual({ server, ca: caPem })
    expect(connect.mock.calls).toEqual([
      ['https://10.77.0.11:6443', { insecure: true }],
      ['https://10.77.0.11:6443', { ca: caPem }],
    ])
  })

  it('discovery by token accepts one of several pins, also in capital letters', async () => {
    const { found } = discover(answering(), answering(), {
      pins: [otherPin, pin.toUpperCase()],
    })
    expect(await found).toMatchObject({ server })
  })

  it('discovery by token reads cluster-info once when no CA is pinned', async () => {
    const { found, connect } = discover(answering(), answering(), { pins: [] })
    expect(await found).toMatchObject({ ca: caPem })
    expect(connect).toHaveBeenCalledTimes(1)
  })

  it.each([
    {
      title: 'a signature of another secret',
      first: answering({ signedWith: 'ffffffffffffffff' }),
      message: /failed to verify the JWS signature/,
      hint: /secret part of the token/,
    },
    {
      title: 'a CA that is not pinned',
      first: answering({ ca: otherCa }),
      message: /none of the public keys .* are pinned/,
      hint: /--discovery-token-ca-cert-hash/,
    },
    {
      title: 'another cluster-info over verified TLS',
      first: answering(),
      second: answering({ ca: `${caPem}${otherCa}` }),
      message: /read over verified TLS differs/,
      hint: /between this node and the API server/,
    },
    {
      title: 'a cluster-info without a CA',
      first: answering({ ca: '' }),
      message: /contains no CA certificate/,
      hint: /bootstrap-token/,
    },
  ])('discovery by token rejects $title', async ({ first, second = answering(), message, hint }) => {
    const { found, connect } = discover(first, second)
    await expect(found).rejects.toMatchObject({
      code: 'DISCOVERY_FAILED',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
    expect(connect.mock.calls.length).toBeLessThanOrEqual(2)
  })

  it('discovery by token never sends a verified request to a server whose CA is not pinned', async () => {
    const { found, connect } = discover(answering({ ca: otherCa }), answering())
    await expect(found).rejects.toThrow()
    expect(connect.mock.calls).toEqual([[expect.any(String), { insecure: true }]])
  })

  it('discovery by token waits for the signature of a token that was just created', async () => {
    const late = answering()
    const early = answering({ signedFor: 'ghijkl' })
    const get = vi.fn(late.get).mockImplementationOnce(ref => early.get(ref))
    const { found } = discover({ ...late, get }, answering())
    expect(await found).toMatchObject({ server })
    expect(get).toHaveBeenCalledTimes(2)
  })

  it('discovery by token reports a missing signature of an unknown token long before it times out', async () => {
    const clock = vi.spyOn(performance, 'now')
    let seconds = 0
    clock.mockImplementation(() => {
      seconds += 10
      return 1000 * seconds
    })
    try {
      const { found } = discover(answering({ signedFor: 'ghijkl' }), answering(), { timeoutMs: 300_000 })
      await expect(found).rejects.toMatchObject({
        code: 'DISCOVERY_FAILED',
        message: 'could not find a JWS signature in the cluster-info ConfigMap for token ID "abcdef"',
        hint: expect.stringContaining('token create'),
      })
      expect(seconds).toBeLessThan(100)
    } finally {
      clock.mockRestore()
    }
  })

  it('discovery by token reports that the API server does not answer, and why', async () => {
    const silent = fakeKube({ server, fail: () => new KadmError('API_UNREACHABLE', 'connection refused') })
    const { found } = discover(silent, answering(), { timeoutMs: 0 })
    await expect(found).rejects.toMatchObject({
      code: 'DISCOVERY_FAILED',
      message: expect.stringMatching(/^cannot find the cluster at https:\/\/10\.77\.0\.11:6443: .*connection refused$/),
      hint: expect.stringContaining('can reach the API server'),
    })
  })

  it('discovery by token logs what it reads at once, and from time to time why it still waits', async () => {
    const reported: string[] = []
    const late = answering()
    const get = vi.fn(late.get)
    for (let i = 0; i < 3; i++) get.mockRejectedValueOnce(new KadmError('API_UNREACHABLE', 'connection refused'))
    let seconds = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      seconds += 4
      return 1000 * seconds
    })
    try {
      const report = (text: string) => void reported.push(text)
      await discover({ ...late, get }, answering(), { report, timeoutMs: 300_000 }).found
    } finally {
      clock.mockRestore()
    }
    const reading = `reading cluster-info from ${server}`
    expect(reported[0]).toBe(reading)
    expect(reported).toContain(`still ${reading}: connection refused`)
    expect(reported.at(-1)).toBe(`${reading} again over verified TLS`)
    expect(reported.length).toBeLessThanOrEqual(4)
  })

  it.each<[string, KadmError, RegExp]>([
    ['a clock that is wrong', apiUnreachable(server, tlsError('CERT_NOT_YET_VALID')), /compare `date`/],
    ['an expired certificate', apiUnreachable(server, tlsError('CERT_HAS_EXPIRED')), /compare `date`/],
    ['another CA', apiUnreachable(server, tlsError('SELF_SIGNED_CERT_IN_CHAIN')), /compare the CA/],
    ['a certificate for other names', apiUnreachable(server, tlsError('ERR_TLS_CERT_ALTNAME_INVALID')), /certSANs/],
    ['an API server that denies anonymous reads', new KadmError('API_REFUSED', 'no', { status: 401, hint: 'x' }), /x/],
  ])('discovery by token does not retry an error that a retry cannot fix: %s', async (_, error, hint) => {
    const get = vi.fn().mockRejectedValue(error)
    const { found } = discover(answering(), { ...answering(), get })
    await expect(found).rejects.toMatchObject({
      code: 'DISCOVERY_FAILED',
      message: error.message,
      hint: expect.stringMatching(hint),
    })
    expect(get).toHaveBeenCalledTimes(1)
  })

  it('discovery by token waits only briefly for a new cluster to allow reading cluster-info', async () => {
    const forbidden = new KadmError('API_REFUSED', 'configmaps "cluster-info" is forbidden', { status: 403 })
    const late = answering()
    const get = vi.fn(late.get).mockRejectedValueOnce(forbidden)
    expect(await discover({ ...late, get }, answering()).found).toMatchObject({ server })

    let seconds = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      seconds += 10
      return 1000 * seconds
    })
    try {
      const { found } = discover(fakeKube({ server, fail: () => forbidden }), answering(), { timeoutMs: 300_000 })
      await expect(found).rejects.toMatchObject({ code: 'DISCOVERY_FAILED', message: forbidden.message })
      expect(seconds).toBeLessThan(150)
    } finally {
      clock.mockRestore()
    }
  })

  it('the errors of discovery by token do not contain the token', async () => {
    const { found } = discover(answering({ signedWith: 'ffffffffffffffff' }), answering())
    const error = (await found.catch(thrown => thrown)) as KadmError
    expect(JSON.stringify([error.message, error.hint, error.stack])).not.toContain(tokenSecret)
  })
})
