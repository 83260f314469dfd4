import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fakeCri } from '../../src/clients/cri/fake.ts'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { type SaGoal, type SaStep, saGoalOf } from '../../src/cluster/sa-rotation.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { readSaOnHost } from '../../src/observe/pki/sa-files.ts'
import { saApiServer, saCheck, saControllerManager, saForget, saKeys } from '../../src/phases/rotate-sa/index.ts'
import { saKeyOf } from '../../src/pki/sa-rotation.ts'
import { quickCluster, runPhase } from './run-phase.ts'

const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pair = { old: saKeyOf(ec()), new: saKeyOf(ec()) }
const [o, n] = [pair.old.id, pair.new.id]
const pki = '/etc/kubernetes/pki'
const goalOf = (step: SaStep) => ({ request: { goal: saGoalOf(step, pair) } })
/** A kubelet with a disabled health port is not waited for. */
const cluster = { ...quickCluster(), kubelet: { tree: { healthzPort: 0 }, generated: false } }

const manifest = (name: string, flags: readonly string[]) =>
  `{metadata: {name: ${name}}, spec: {containers: [{name: ${name}, image: "x:1", command: ${JSON.stringify([name, ...flags])}}]}}`
const manifests = {
  '/etc/kubernetes/manifests/kube-apiserver.yaml': manifest('kube-apiserver', [
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
  ]),
  '/etc/kubernetes/manifests/kube-controller-manager.yaml': manifest('kube-controller-manager', [
    `--service-account-private-key-file=${pki}/sa.key`,
  ]),
}

const newHost = (more: Readonly<Record<string, string>> = {}) =>
  fakeHost({
    files: {
      [`${pki}/sa.key`]: pair.old.privatePem.reveal(),
      [`${pki}/sa.pub`]: pair.old.publicPem,
      ...manifests,
      ...more,
    },
  })
const keysOf = async (host: FakeHost) => {
  const { signer, trusted, pair: kept } = await readSaOnHost(host, pki)
  return { signer, trusted, kept: kept !== undefined }
}

describe('rotate-sa/keys', () => {
  it('each step writes the keys of its goal, and a second run changes nothing', async () => {
    const host = newHost()
    const step = async (name: SaStep) => {
      await runPhase(saKeys, { host, cluster, ...goalOf(name) })
      if (name === 'finish') await runPhase(saForget, { host, cluster, ...goalOf(name) })
      expect((await runPhase(saKeys, { host, cluster, ...goalOf(name) })).changes).toEqual([])
      return keysOf(host)
    }
    expect(await step('prepare')).toEqual({ signer: o, trusted: [o, n], kept: true })
    expect(await step('switch')).toEqual({ signer: n, trusted: [n, o], kept: true })
    expect(await step('unswitch')).toEqual({ signer: o, trusted: [o, n], kept: true })
    expect(await step('switch')).toEqual({ signer: n, trusted: [n, o], kept: true })
    expect(await step('finish')).toEqual({ signer: n, trusted: [n], kept: false })
  })

  it('a rollback after prepare removes the new key', async () => {
    const host = newHost()
    await runPhase(saKeys, { host, cluster, ...goalOf('prepare') })
    await runPhase(saKeys, { host, cluster, ...goalOf('unprepare') })
    const { changes } = await runPhase(saForget, { host, cluster, ...goalOf('unprepare') })
    expect(changes).toEqual([`remove ${pki}/rotation/sa`, `remove ${pki}/rotation`])
    expect(await keysOf(host)).toEqual({ signer: o, trusted: [o], kept: false })
    expect(Buffer.from((await host.readFile(`${pki}/sa.pub`)) ?? '').toString()).toBe(pair.old.publicPem)
  })

  it('the keys of a rotation are readable by root only', async () => {
    const host = newHost()
    await runPhase(saKeys, { host, cluster, ...goalOf('switch') })
    const modes = [`${pki}/sa.key`, `${pki}/rotation/sa/old.key`, `${pki}/rotation/sa/new.key`].map(async path => {
      return (await host.stat(path))?.mode
    })
    expect(await Promise.all(modes)).toEqual([0o600, 0o600, 0o600])
  })
})

/** An API server that uses these keys until it restarts. */
function server(before: { trusts: readonly string[]; signer: string }, after = before) {
  let inUse = before
  const token = () => `${Buffer.from(JSON.stringify({ kid: inUse.signer })).toString('base64url')}.e30.x`
  const probe = () => ({ status: 200, body: JSON.stringify({ keys: inUse.trusts.map(kid => ({ kid })) }) })
  const started = {
    ...{ id: 'x', name: 'kube-apiserver', pod: 'kube-apiserver-cp1', namespace: 'kube-system', attempt: 0 },
    ...{ state: 'running' as const, createdAt: new Date(), logPath: '/x' },
  }
  const cri = fakeCri({ containers: [started] })
  const restart: typeof cri.restartContainer = async container => {
    await cri.restartContainer(container)
    inUse = after
  }
  // Without a manifest the phase does not wait for the health of the pod.
  return { kube: fakeKube({ token, probe }), cri: { ...cri, restartContainer: restart }, host: fakeHost(), cluster }
}

const uses = (goal: SaGoal) => ({ trusts: goal.trusted.map(({ id }) => id), signer: goal.signer.id })

describe('rotate-sa/api-server', () => {
  it.each<SaStep>(['prepare', 'switch', 'finish', 'unswitch', 'unprepare'])(
    'restarts kube-apiserver for %s, and not again when it uses the keys',
    async step => {
      const { request } = goalOf(step)
      const wrong = { trusts: ['other'], signer: o }
      const restarted = await runPhase(saApiServer, { ...server(wrong, uses(request.goal)), request })
      expect(restarted.changes).toEqual(['restart kube-system/kube-apiserver-cp1'])
      expect(restarted.results).toEqual([['restarted', 'kube-apiserver']])
      const { changes } = await runPhase(saApiServer, { ...server(uses(request.goal)), request })
      expect(changes).toEqual([])
    },
  )
})

describe('rotate-sa/check', () => {
  it.each<[step: SaStep, found: { trusts: readonly string[]; signer: string }, says: RegExp]>([
    ['switch', { trusts: [o], signer: o }, /does not trust the new service account key/],
    ['unswitch', { trusts: [n], signer: n }, /does not trust the old service account key/],
    ['finish', { trusts: [o, n], signer: o }, /still signs tokens with the other key/],
  ])('fails before %s if a kube-apiserver has not taken the step before', async (step, found, says) => {
    await expect(runPhase(saCheck, { ...server(found), ...goalOf(step) })).rejects.toMatchObject({
      message: expect.stringMatching(says),
    })
  })

  it.each<[step: SaStep, found: { trusts: readonly string[]; signer: string }]>([
    ['prepare', { trusts: [], signer: o }],
    ['switch', { trusts: [o, n], signer: o }],
    ['switch', { trusts: [o, n], signer: n }],
    ['finish', { trusts: [o, n], signer: n }],
    ['finish', { trusts: [n], signer: n }],
  ])('lets %s begin or continue', async (step, found) => {
    expect((await runPhase(saCheck, { ...server(found), ...goalOf(step) })).changes).toEqual([])
  })
})

describe('rotate-sa/controller-manager', () => {
  it.each([
    [new Date(0), ['restart kube-system/kube-controller-manager-cp1']],
    [new Date(Date.now() + 60_000), []],
  ])('restarts a kube-controller-manager of %s if sa.key is newer', async (createdAt, changes) => {
    const container = {
      ...{ id: 'x', name: 'kube-controller-manager', pod: 'kube-controller-manager-cp1', namespace: 'kube-system' },
      ...{ state: 'running' as const, createdAt, attempt: 0, logPath: '/x' },
    }
    const host = fakeHost({ files: { [`${pki}/sa.key`]: pair.old.privatePem.reveal() } })
    const cri = fakeCri({ containers: [container] })
    expect((await runPhase(saControllerManager, { host, cluster, cri, ...goalOf('switch') })).changes).toEqual(changes)
  })
})

describe('the service account keys of a host', () => {
  it.each([
    [
      '/etc/kubernetes/manifests/kube-apiserver.yaml',
      manifest('kube-apiserver', ['--service-account-key-file=/x']),
      /kube-apiserver on fake has --service-account-key-file=\/x, not/,
    ],
    [
      '/etc/kubernetes/manifests/kube-controller-manager.yaml',
      'x',
      /kube-controller-manager on fake has no --service-account-private/,
    ],
  ])('are not rotated if a component uses other files: %s', async (path, text, says) => {
    await expect(readSaOnHost(newHost({ [path]: text }), pki)).rejects.toMatchObject({
      message: expect.stringMatching(says),
    })
  })
})
