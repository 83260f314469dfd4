import { describe, expect, it, vi } from 'vitest'
import { fakeKube } from '../../../src/clients/kube/fake.ts'
import { KadmError } from '../../../src/errors/kadm-error.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { explainSilentEndpoint } from '../../../src/observe/cluster/silent-endpoint.ts'
import { apiServerManifest } from '../../fixtures/api-server-manifest.ts'

const server = 'https://lb.example:6443'
const silent = new KadmError(
  'API_UNREACHABLE',
  `the kube-apiserver at ${server} cannot be reached: the connection was closed`,
)

const controlPlaneAt = (address: string, port?: number) =>
  fakeHost({ name: 'cp1', files: apiServerManifest(address, port) })

describe('explainSilentEndpoint', () => {
  it.each([
    ['10.0.0.1', 6443, 'https://10.0.0.1:6443'],
    ['fd00::1', 7443, 'https://[fd00::1]:7443'],
  ])('explainSilentEndpoint reports that the API server itself answers, at %s', async (address, port, own) => {
    const open = vi.fn(() => fakeKube())
    const error = await explainSilentEndpoint(silent, { source: controlPlaneAt(address, port), server, open })
    expect(open.mock.calls).toEqual([[own]])
    expect(error).toMatchObject({
      code: 'API_UNREACHABLE',
      message: `${silent.message}; the API server of cp1 itself answers at ${own}`,
      hint: expect.stringContaining(`the load balancer or DNS name of ${server}`),
    })
  })

  it.each([
    ['when the API server does not answer either', controlPlaneAt('10.0.0.1'), fakeKube({ fail: () => silent })],
    [
      'when the API server is not alive',
      controlPlaneAt('10.0.0.1'),
      fakeKube({ probe: () => ({ status: 500, body: '' }) }),
    ],
    ['when the address of the API server is not known', fakeHost(), fakeKube()],
  ])('explainSilentEndpoint returns the error unchanged %s', async (_, source, kube) => {
    expect(await explainSilentEndpoint(silent, { source, server, open: () => kube })).toBe(silent)
  })

  it('explainSilentEndpoint returns the error unchanged when the endpoint is the API server itself', async () => {
    const open = vi.fn(() => fakeKube())
    const itself = 'https://10.0.0.1:6443'
    expect(await explainSilentEndpoint(silent, { source: controlPlaneAt('10.0.0.1'), server: itself, open })).toBe(
      silent,
    )
    expect(open).not.toHaveBeenCalled()
  })

  it('explainSilentEndpoint does not contact the API server after an error that the API server returned', async () => {
    const refused = new KadmError('API_REFUSED', 'no')
    const open = vi.fn(() => fakeKube())
    expect(await explainSilentEndpoint(refused, { source: controlPlaneAt('10.0.0.1'), server, open })).toBe(refused)
    expect(open).not.toHaveBeenCalled()
  })
})
