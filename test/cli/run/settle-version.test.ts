import { describe, expect, it } from 'vitest'
import { settleVersion } from '../../../src/cli/run/settle-version.ts'
import { parseInit } from '../../../src/config/init.ts'
import { fakeHost } from '../../../src/host/fake.ts'
import { kubeletVersionQuery } from '../../../src/observe/machine/kubelet-version.ts'

const startedAt = new Date('2030-01-01T00:00:00Z')
const randomToken = () => 'abcdef.0123456789abcdef'

async function settle(kubelet: string | undefined, flags: Readonly<Record<string, string>> = {}) {
  const commands =
    kubelet === undefined ? {} : { [kubeletVersionQuery.join(' ')]: { stdout: `Kubernetes ${kubelet}\n` } }
  const host = fakeHost({ name: 'cp1', commands })
  const reports: string[] = []
  const parsed = parseInit({ flags, startedAt, randomToken })
  const { config } = await settleVersion(parsed, host, text => reports.push(text))
  return { version: config.kubernetesVersion, reports, calls: host.calls.length }
}

describe('the Kubernetes version that the operator leaves open', () => {
  it.each([
    ['v1.36.1', 'v1.36.3'],
    ['v1.37.2', 'v1.37.2'],
    ['v1.37.7', 'v1.37.7'],
  ])('follows the kubelet %s of the host and is reported in one line', async (kubelet, version) => {
    const reports = [`Using Kubernetes version ${version}: the kubelet on cp1 is ${kubelet}`]
    expect(await settle(kubelet)).toEqual({ version, reports, calls: 1 })
  })

  it('is the newest and is not reported on a host without a kubelet', async () => {
    expect(await settle(undefined)).toEqual({ version: 'v1.37.2', reports: [], calls: 1 })
  })

  it('is an error that names the host when its kubelet has an unsupported minor version', async () => {
    await expect(settle('v1.35.0')).rejects.toThrow('the kubelet on cp1 is v1.35.0')
  })

  it('is not asked of the host when the operator sets it', async () => {
    const flags = { 'kubernetes-version': 'stable-1' }
    expect(await settle('v1.36.1', flags)).toEqual({ version: 'v1.37.2', reports: [], calls: 0 })
  })
})
