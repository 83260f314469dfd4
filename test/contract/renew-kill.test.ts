import { expect, it } from 'vitest'
import { pairOf } from '../../src/cluster/node-files.ts'
import { renewableNames } from '../../src/cluster/renewable-names.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import { findOutdated } from '../../src/observe/cluster/outdated-components.ts'
import { init, renewCertificates } from '../../src/phases/pipelines.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import { parsePrivateKey } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { matchesKey } from '../../src/pki/verify.ts'
import { makeRequest } from '../fixtures/cluster.ts'
import { type ClusterCase, clusters } from './clusters.ts'
import { mortal } from './mortal.ts'
import { runPhases } from './run-phases.ts'
import { preparedWorld } from './worlds.ts'

const { cluster, request } = clusters[0] as ClusterCase
const renewal = renewCertificates(cluster.nodes.map(node => ({ cluster, node, request: makeRequest() })))

/** The serial number of each certificate. Throws if its key does not belong to it. */
async function serials(host: FakeHost): Promise<Readonly<Record<string, string>>> {
  const read = async (path: string) => Buffer.from((await host.readFile(path)) ?? '').toString()
  const found = renewableNames.map(async name => {
    if (name.endsWith('.conf')) {
      const { clientCertPem = '', clientKeyPem } = parseKubeconfig(await read(`/etc/kubernetes/${name}`))
      return [name, serialOf(name, clientCertPem, clientKeyPem?.reveal() ?? '')] as const
    }
    const { certificate, key } = pairOf(cluster.config.certificatesDir, name as Parameters<typeof pairOf>[1])
    return [name, serialOf(name, await read(certificate), await read(key))] as const
  })
  return Object.fromEntries(await Promise.all(found))
}

function serialOf(name: string, certificate: string, key: string): string {
  const parsed = parseCertificate(certificate, name)
  expect(matchesKey(parsed, parsePrivateKey(key, name)), `the key of ${name} belongs to its certificate`).toBe(true)
  return parsed.serial
}

it('a renewal that is killed before any one of its changes leaves no key with another certificate, and runs again', async () => {
  const { world, host } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  let lives = 0
  for (; ; lives++) {
    const before = await serials(host)
    const { world: mortalWorld, dead } = mortal(world, lives)
    await runPhases(mortalWorld, cluster, renewal).catch(() => undefined)
    const after = await serials(host)
    const renewed = renewableNames.filter(name => before[name] !== after[name])
    expect(renewed).toHaveLength(Math.min(lives, renewableNames.length))
    if (!dead()) break
    await runPhases(world, cluster, renewal)
    expect(await findOutdated(host, async () => world.runtime)).toEqual([])
    const again = await serials(host)
    expect(renewableNames.filter(name => after[name] === again[name])).toEqual([])
  }
  // The restarts of kube-controller-manager and kube-scheduler follow.
  expect(lives).toBe(renewableNames.length + 2)
}, 300_000)
