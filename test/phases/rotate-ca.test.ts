import { beforeAll, describe, expect, it } from 'vitest'
import type { CriContainer } from '../../src/clients/cri/cri.ts'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { given } from '../../src/cluster/given.ts'
import { type CaName, kubeconfigFiles, pairOf } from '../../src/cluster/node-files.ts'
import { type CaPair, goalOf, type RotationStep, trustOf } from '../../src/cluster/rotation.ts'
import { secret } from '../../src/cluster/secret.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { readCaOnHost } from '../../src/observe/pki/rotation-files.ts'
import { certs } from '../../src/phases/certs/index.ts'
import { controllerManager } from '../../src/phases/control-plane/index.ts'
import { kubeconfigs } from '../../src/phases/kubeconfig/index.ts'
import {
  pointControllerManager,
  proveRotation,
  reissueCertificates,
  reissueKubeconfigs,
  restartOlderComponents,
  storeCas,
  trustCas,
} from '../../src/phases/rotate-ca/index.ts'
import { removeCertificates } from '../../src/ops/reset-files.ts'
import { parseCertificate, parseCertificates } from '../../src/pki/certificate.ts'
import { parsePrivateKey } from '../../src/pki/keys.ts'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { isSignedBy, newCa, rotationState } from '../../src/pki/rotation.ts'
import { matchesKey, signs } from '../../src/pki/verify.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { type OnePhase, quickCluster, runPhase } from './run-phase.ts'

const pki = '/etc/kubernetes/pki'
const cas: readonly CaName[] = ['ca', 'front-proxy-ca', 'etcd-ca']
const filePhases = [storeCas, reissueKubeconfigs, reissueCertificates, trustCas, pointControllerManager]
const place = { role: 'control-plane', certificatesDir: pki, caCertPath: `${pki}/ca.crt` } as const

/** The files of a control plane, and new CAs for it. */
let files: Readonly<Record<string, string>>
let pairs: Readonly<Record<CaName, CaPair>>

beforeAll(async () => {
  const host = fakeHost()
  for (const phase of [...Object.values(certs), ...Object.values(kubeconfigs), controllerManager]) {
    await runPhase(phase, { host })
  }
  files = await textsOf(host)
  const made = cas.map(async (ca): Promise<readonly [CaName, CaPair]> => {
    const { certificate, key } = pairOf(pki, ca)
    const old = { certificate: files[certificate] ?? '', key: secret(files[key] ?? '') }
    const cluster = quickCluster()
    const input = { cluster, node: makeNode(), algorithm: 'ECDSA-P256', startedAt: new Date() } as const
    return [ca, { old, new: await newCa(ca, input) }]
  })
  pairs = Object.fromEntries(await Promise.all(made)) as Record<CaName, CaPair>
})

async function textsOf(host: FakeHost): Promise<Record<string, string>> {
  const dirs = ['/etc/kubernetes', pki, `${pki}/etcd`, '/etc/kubernetes/manifests']
  const found: Record<string, string> = {}
  for (const dir of dirs) {
    for (const name of await host.list(dir)) {
      const bytes = await host.readFile(`${dir}/${name}`).catch(() => undefined)
      if (bytes !== undefined) found[`${dir}/${name}`] = Buffer.from(bytes).toString()
    }
  }
  return found
}

const goalsOf = (step: RotationStep) => cas.map(ca => goalOf(ca, step, pairs[ca]))

/** Takes a step on a host. Returns the changes. */
async function take(host: FakeHost, step: RotationStep): Promise<readonly string[]> {
  const changes: string[] = []
  for (const phase of filePhases)
    changes.push(...(await runPhase(phase, { host, request: { goals: goalsOf(step) } })).changes)
  return changes
}

async function stateOf(host: FakeHost, ca: CaName) {
  const found = await readCaOnHost(host, place, ca)
  return rotationState([found], found.pair)
}

const textIn = async (host: FakeHost, path: string) => Buffer.from((await host.readFile(path)) ?? '').toString()

/** Verifies what a host holds of every CA after a step. */
async function verify(host: FakeHost, step: RotationStep): Promise<void> {
  for (const goal of goalsOf(step)) {
    const { certificate, key } = pairOf(pki, goal.ca)
    expect(await textIn(host, certificate)).toBe(trustOf(goal))
    expect(
      matchesKey(parseCertificate(await textIn(host, certificate)), parsePrivateKey(await textIn(host, key))),
    ).toBe(true)
    const { leaves } = await readCaOnHost(host, place, goal.ca)
    expect(leaves.size).toBeGreaterThan(0)
    for (const leaf of leaves.values()) expect(isSignedBy(leaf, goal.signer)).toBe(true)
  }
}

const flagsIn = (manifest: string) =>
  [...manifest.matchAll(/--(client-ca-file|root-ca-file|cluster-signing-[a-z-]+)=(\S+)/g)].map(
    ([, name, path]) => `${name}=${path}`,
  )

describe('the files of a control plane in a rotation', () => {
  it('each step brings certificates, keys and kubeconfigs to its goal, and changes nothing when it runs again', async () => {
    const host = fakeHost({ files })
    for (const step of ['prepare', 'reissue', 'distrust'] as const) {
      expect(await take(host, step)).not.toEqual([])
      await verify(host, step)
      expect(await take(host, step)).toEqual([])
    }
  })

  it('a rollback after reissue gives every file a certificate of the old CA again', async () => {
    const host = fakeHost({ files })
    for (const step of ['prepare', 'reissue', 'prepare', 'undo'] as const) await take(host, step)
    await verify(host, 'undo')
    expect(await textIn(host, `${pki}/ca.crt`)).toBe(files[`${pki}/ca.crt`])
    expect(await textIn(host, `${pki}/ca.key`)).toBe(files[`${pki}/ca.key`])
  })

  it.each([
    ['prepare', 'prepared'],
    ['reissue', 'reissued'],
    ['distrust', 'distrusting'],
  ] as const)('the state after %s is read from the files: %s', async (last, state) => {
    const host = fakeHost({ files })
    const steps = ['prepare', 'reissue', 'distrust'] as const
    for (const step of steps.slice(0, steps.indexOf(last) + 1)) await take(host, step)
    for (const ca of cas) expect(await stateOf(host, ca)).toBe(state)
  })

  it('kubeconfigs keep their user and server, and trust the CA that signs first', async () => {
    const host = fakeHost({ files })
    await take(host, 'prepare')
    await take(host, 'reissue')
    for (const path of kubeconfigFiles.filter(name => files[name] !== undefined)) {
      const before = parseKubeconfig(files[path] ?? '')
      const after = parseKubeconfig(await textIn(host, path))
      expect(after).toMatchObject({ server: before.server, user: before.user, clusterName: before.clusterName })
      const trusted = parseCertificates(after.caPem ?? '').map(({ pem }) => pem)
      expect(trusted).toEqual([pairs.ca.new.certificate, pairs.ca.old.certificate])
    }
  })

  it('the controller manager never signs with a bundle, and publishes the bundle', async () => {
    const host = fakeHost({ files })
    const manifest = '/etc/kubernetes/manifests/kube-controller-manager.yaml'
    const usual = flagsIn(files[manifest] ?? '')
    for (const [step, name] of [
      ['prepare', 'old'],
      ['reissue', 'new'],
    ] as const) {
      await take(host, step)
      expect(flagsIn(await textIn(host, manifest))).toEqual([
        `client-ca-file=${pki}/rotation/ca/${name}.crt`,
        `cluster-signing-cert-file=${pki}/rotation/ca/${name}.crt`,
        `cluster-signing-key-file=${pki}/rotation/ca/${name}.key`,
        `root-ca-file=${pki}/ca.crt`,
      ])
    }
    await take(host, 'distrust')
    expect(flagsIn(await textIn(host, manifest))).toEqual(usual)
    expect(await textIn(host, manifest)).toBe(files[manifest])
  })

  it('the directory of the rotation is for root only', async () => {
    const host = fakeHost({ files })
    await take(host, 'prepare')
    for (const path of [`${pki}/rotation`, `${pki}/rotation/ca`])
      expect(await host.stat(path)).toMatchObject({ mode: 0o700 })
    for (const name of ['old.key', 'new.key'])
      expect(await host.stat(`${pki}/rotation/ca/${name}`)).toMatchObject({ mode: 0o600 })
  })
})

it('a reset removes the keys of a rotation that has not ended', async () => {
  const host = fakeHost({ files })
  await take(host, 'prepare')
  expect(await removeCertificates(host, pki)).toEqual({ gone: [], kept: [] })
  expect(await host.list(pki)).toEqual([])
})

describe('a step that is killed at any change', () => {
  /** A host that fails at its nth change. */
  function failing(host: FakeHost, after: number): FakeHost {
    let left = after
    const count =
      <A extends readonly unknown[], T>(act: (...args: A) => Promise<T>) =>
      async (...args: A) => {
        if (left === 0) throw new Error('killed')
        left -= 1
        return act(...args)
      }
    return { ...host, writeFile: count(host.writeFile), writePair: count(host.writePair), remove: count(host.remove) }
  }

  it.each(['prepare', 'reissue', 'distrust'] as const)(
    '%s leaves no mismatched pair, and completes when it runs again',
    async last => {
      const steps = ['prepare', 'reissue', 'distrust'] as const
      for (let after = 0; ; after += 1) {
        const host = fakeHost({ files })
        for (const step of steps.slice(0, steps.indexOf(last))) await take(host, step)
        const killed = await take(failing(host, after), last).then(
          () => false,
          () => true,
        )
        for (const ca of cas) {
          const { certificate, key } = pairOf(pki, ca)
          const signer = parseCertificate(await textIn(host, certificate))
          expect(matchesKey(signer, parsePrivateKey(await textIn(host, key)))).toBe(true)
        }
        await take(host, last)
        await verify(host, last)
        if (!killed) break
      }
    },
  )
})

describe('the components of a control plane after its files changed', () => {
  const container = (name: string, createdAt: Date): CriContainer => ({
    ...{ id: name, name, pod: `${name}-cp1`, namespace: 'kube-system', state: 'running', attempt: 0, logPath: '' },
    createdAt,
  })
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const
  /** A kubelet with a disabled health port is not waited for. */
  const unwatched = { ...quickCluster(), kubelet: { tree: { healthzPort: 0 }, generated: false } }

  async function restartsOf(step: RotationStep, ca: CaName, startedAt: Date): Promise<readonly string[]> {
    const host = fakeHost({ files })
    const cri = fakeCri({ containers: names.map(name => container(name, startedAt)) })
    await runPhase(restartOlderComponents, {
      cluster: unwatched,
      host,
      cri,
      request: { goals: [goalOf(ca, step, pairs[ca])] },
    })
    return cri.restarts
  }

  it('those restart that started before a file which they read only when they start', async () => {
    expect(await restartsOf('reissue', 'ca', new Date(Date.now() - 60_000))).toEqual(names)
  })

  it('none restarts that started later, or for the front proxy CA', async () => {
    expect(await restartsOf('reissue', 'ca', new Date(Date.now() + 60_000))).toEqual([])
    expect(await restartsOf('prepare', 'front-proxy-ca', new Date(Date.now() - 60_000))).toEqual([])
  })
})

describe('the verification of a step', () => {
  /** Servers that know the clients of some CAs: a kubelet lets none of them read its health. */
  function serversThatTrust(known: readonly string[], asked: string[]): OnePhase['probe'] {
    const cas = known.map(pem => parseCertificate(pem))
    return async (server, path, access = {}) => {
      const client = parseCertificate(access.clientCertPem ?? '')
      asked.push(`${server}${path} ${client.subject.commonName}`)
      if (!cas.some(ca => signs(ca, client))) return { status: 401, body: '' }
      return { status: path === '/api' ? 200 : 403, body: '' }
    }
  }

  async function prove(step: RotationStep, known: readonly string[], signal = new AbortController().signal) {
    const host = fakeHost({ files: kubeconfigsAlone })
    const goals = [goalOf('ca', step, pairs.ca)]
    if (step === 'distrust') await runPhase(reissueKubeconfigs, { host, request: { goals } })
    const asked: string[] = []
    const probe = serversThatTrust(known, asked)
    const proving = runPhase(proveRotation, { host, ...given({ probe }), request: { goals }, signal })
    return { proving, asked }
  }

  const kubeconfigsAlone: Record<string, string> = {}
  beforeAll(() => {
    for (const path of kubeconfigFiles) if (files[path] !== undefined) kubeconfigsAlone[path] = files[path]
  })

  it('passes if every kubeconfig works', async () => {
    const { proving, asked } = await prove('prepare', [pairs.ca.old.certificate])
    await proving
    expect(asked).toHaveLength(Object.keys(kubeconfigsAlone).length)
  })

  it('presents a certificate of the old CA at the end, which every server must refuse', async () => {
    const { proving, asked } = await prove('distrust', [pairs.ca.new.certificate])
    await proving
    expect(asked.filter(one => one.endsWith('kadm:rotation'))).toEqual([
      'https://10.77.0.11:6443/api kadm:rotation',
      'https://127.0.0.1:10250/healthz kadm:rotation',
    ])
  })

  it('does not end while a server still accepts the old CA', async () => {
    const stopped = new AbortController()
    const known = [pairs.ca.new.certificate, pairs.ca.old.certificate]
    const { proving, asked } = await prove('distrust', known, stopped.signal)
    const ended = expect(proving).rejects.toThrow()
    await expect.poll(() => asked.filter(one => one.endsWith('kadm:rotation')).length).toBeGreaterThan(4)
    stopped.abort()
    await ended
  })
})
