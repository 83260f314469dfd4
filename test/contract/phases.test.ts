import { readdir } from 'node:fs/promises'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { backupName } from '../../src/cluster/upgrade-record.ts'
import { type BroughtCertificate, renewalDir } from '../../src/cluster/csr-request.ts'
import { pairOf } from '../../src/cluster/node-files.ts'
import { profileNames } from '../../src/cluster/profile-names.ts'
import type { InitRequest } from '../../src/cluster/request.ts'
import { isSecret } from '../../src/cluster/secret.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import type { Text } from '../../src/host/host.ts'
import { readIssuer } from '../../src/observe/pki/issuer.ts'
import type { PhaseFacts, Stage } from '../../src/phases/phase.ts'
import {
  generateRequests,
  importOnHost,
  init,
  join,
  kubeletServing,
  nodeRemove,
  renewCertificates,
  reset,
} from '../../src/phases/pipelines.ts'
import { reviveCluster } from '../../src/phases/renew-pipelines.ts'
import { rotateSa } from '../../src/phases/rotate-sa/stages.ts'
import {
  migrateStorage,
  upgradeApply,
  upgradeDiff,
  upgradeNode,
  upgradeRollback,
} from '../../src/phases/upgrade-pipelines.ts'
import type { Event } from '../../src/pipeline/events.ts'
import { parseCertificate } from '../../src/pki/certificate.ts'
import type { Issuer } from '../../src/pki/issue.ts'
import { issue } from '../../src/pki/issue.ts'
import { issueRequested } from '../../src/pki/issue-from-table.ts'
import { generateKey, parsePrivateKey, privateKeyPem } from '../../src/pki/keys.ts'
import { type Profile, profiles } from '../../src/pki/profile.ts'
import { parseRequest } from '../../src/pki/read-request.ts'
import { judgeRequest } from '../../src/pki/request-faults.ts'
import { makeCluster, makeRequest } from '../fixtures/cluster.ts'
import { type ClusterCase, clusters } from './clusters.ts'
import { comparable, type Rehearsal, rehearse } from './dry-runs.ts'
import { makeReady, makeSession, makeWorld, type Recorded, runPhases } from './run-phases.ts'
import { controlPlane, discover, joinToken, preparedWorld, worker } from './worlds.ts'

type Of = Omit<ClusterCase, 'title'>

interface Runs {
  /** A dry run before the first run, with the same session. */
  readonly dry: Rehearsal
  readonly first: Recorded
  readonly second: Recorded
  readonly hosts: readonly FakeHost[]
  readonly secrets: readonly string[]
}

const cases = clusters.flatMap(({ title, ...of }) => [
  { title: `init with ${title}`, run: () => initTwice(of) },
  { title: `join with ${title}`, run: () => joinTwice(of, worker) },
  { title: `join as control planes with ${title}`, run: () => joinTwice(of, controlPlane) },
  { title: `reset after init with ${title}`, run: () => resetTwice(of) },
  { title: `removal of a node with ${title}`, run: () => removeTwice(of) },
  { title: `renewal of broken certificates with ${title}`, run: () => renewTwice(of) },
  { title: `import of signed certificates with ${title}`, run: () => importTwice(of) },
  { title: `revival of an expired kubelet with ${title}`, run: () => reviveTwice(of) },
  { title: `files and objects of an upgrade with ${title}`, run: () => upgradeTwice(of, upgradeDiff) },
  { title: `upgrade apply with ${title}`, run: () => upgradeTwice(of, upgradeApply) },
  { title: `upgrade node with ${title}`, run: () => upgradeTwice(of, upgradeNode) },
  { title: `rollback of an upgrade with ${title}`, run: () => rollBackTwice(of) },
])

async function initTwice({ cluster, request }: Of): Promise<Runs> {
  const { world, host } = await preparedWorld(cluster)
  const session = makeSession(cluster)
  const dry = await rehearse(world, cluster, init(cluster, request), session)
  const first = await runPhases(world, cluster, init(cluster, request), { session })
  const second = await runPhases(world, cluster, init(cluster, request))
  return { dry, first, second, hosts: [host], secrets: await secretsOf(request, [host]) }
}

async function joinTwice({ cluster, request }: Of, nodeOf: typeof worker): Promise<Runs> {
  const { world, host: source } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const nodes = ['n1', 'n2'].map((name, i) => nodeOf(name, `10.77.0.2${i + 1}`))
  const joining = { ...cluster, nodes }
  const discovered = await discover(source)
  const there = makeWorld(source, world.kube)
  const session = makeSession(joining, discovered)
  const dry = await rehearse(there, joining, join(joining, request), session)
  const first = await runPhases(there, joining, join(joining, request), { session })
  const second = await runPhases(there, joining, join(joining, request), { session: makeSession(joining, discovered) })
  const hosts = nodes.map(node => there.hostOf(joining, node))
  return { dry, first, second, hosts, secrets: [...(await secretsOf(request, hosts)), joinToken, ...halves(joinToken)] }
}

async function resetTwice({ cluster, request }: Of): Promise<Runs> {
  const { world, host } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const secrets = await secretsOf(request, [host])
  const asked = makeRequest({ cleanupTmpDir: true, cleanupNetwork: true, backupDir: '/root/backup', fromCluster: true })
  const leaving = reset(cluster.nodes.map(node => ({ cluster, node, request: asked })))
  const session = makeSession(cluster)
  const dry = await rehearse(world, cluster, leaving, session)
  const first = await runPhases(world, cluster, leaving, { session })
  const second = await runPhases(world, cluster, leaving)
  return { dry, first, second, hosts: [host], secrets }
}

/** Removes a control plane whose join was interrupted, with a pod on it. */
async function removeTwice({ cluster, request }: Of): Promise<Runs> {
  const { world, host } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const [address, metadata] = ['10.77.0.31', { name: 'web', namespace: 'default' }]
  if (cluster.config.etcd.external === undefined) await world.etcd.addLearner(`https://${address}:2380`)
  const status = { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address }] }
  await world.kube.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'gone' }, status })
  const owned = { ...metadata, ownerReferences: [{ kind: 'ReplicaSet', controller: true }] }
  await world.kube.create({ apiVersion: 'v1', kind: 'Pod', metadata: owned, spec: { nodeName: 'gone' } })
  const removing = nodeRemove(cluster, makeRequest({ name: 'gone', drainTimeoutMs: 1000 }))
  const session = makeSession(cluster)
  const dry = await rehearse(world, cluster, removing, session)
  const first = await runPhases(world, cluster, removing, { session })
  const second = await runPhases(world, cluster, removing)
  return { dry, first, second, hosts: [host], secrets: await secretsOf(request, [host]) }
}

/** Renews what does not work: a certificate with another key, and a kubeconfig with another key. */
async function renewTwice({ cluster, request }: Of): Promise<Runs> {
  const { world, host } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const pki = cluster.config.certificatesDir
  const other = await read(host, `${pki}/front-proxy-client.key`)
  await host.writeFile({ path: `${pki}/apiserver.key`, content: other, mode: 0o600 })
  const path = `${request.kubeconfigDir}/scheduler.conf`
  const data = `$1${Buffer.from(other).toString('base64')}`
  const content = (await read(host, path)).replace(/(client-key-data: )\S+/, data)
  await host.writeFile({ path, content, mode: 0o600 })
  const asked = makeRequest({ kubeconfigDir: request.kubeconfigDir, expiringWithinMs: 0 })
  const renewing = renewCertificates(cluster.nodes.map(node => ({ cluster, node, request: asked })))
  const session = makeSession(cluster)
  const dry = await rehearse(world, cluster, renewing, session)
  const first = await runPhases(world, cluster, renewing, { session })
  const second = await runPhases(world, cluster, renewing)
  return { dry, first, second, hosts: [host], secrets: await secretsOf(request, [host]) }
}

async function upgradeTwice({ cluster, request }: Of, stages: typeof upgradeDiff): Promise<Runs> {
  const at = (kubernetesVersion: string) => ({ ...cluster, config: { ...cluster.config, kubernetesVersion } })
  const [old, target] = [at('v1.36.3'), at('v1.37.2')]
  const { world, host } = await preparedWorld(old)
  await runPhases(world, old, init(old, request))
  await makeReady(world.kube, old)
  const from = (version: string) => {
    const asked = makeRequest({ from: version, etcdUpgrade: true, certificateRenewal: true })
    return stages(target.nodes.map(node => ({ cluster: target, node, request: asked })))
  }
  const upgrading = from('v1.36.3')
  const session = makeSession(target)
  const dry = await rehearse(world, target, upgrading, session)
  const first = await runPhases(world, target, upgrading, { session })
  const second = await runPhases(world, target, from('v1.37.2'))
  return { dry, first, second, hosts: [host], secrets: await secretsOf(request, [host]) }
}

/** The certificate of the kubelet has expired. */
async function reviveTwice({ cluster, request }: Of): Promise<Runs> {
  const { world, host } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const key = await generateKey('ECDSA-P256')
  const [subject, sans] = [
    { commonName: 'system:node:cp1', organizations: ['system:nodes'] },
    { dns: [], ips: [] },
  ]
  const issuer = await readIssuer(host, cluster, 'ca', 'kubelet')
  const [notBefore, notAfter] = [new Date(0), new Date(1)]
  const old = issue({ subject, usages: ['clientAuth'], sans, ca: false, key, issuer, notBefore, notAfter })
  const content = `${old.pem}${privateKeyPem(key).reveal()}`
  await host.writeFile({ path: '/var/lib/kubelet/pki/kubelet-client-current.pem', content, mode: 0o600 })
  const lastHeartbeatTime = new Date(Date.now() + 3_600_000).toISOString()
  const status = { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime }] }
  await world.kube.patch({ apiVersion: 'v1', kind: 'Node', name: 'cp1' }, { status }, 'merge')
  const asked = makeRequest({ kubeconfigDir: request.kubeconfigDir, expiringWithinMs: 0 })
  const reviving = reviveCluster(cluster.nodes.map(node => ({ cluster, node, request: asked })))
  const session = makeSession(cluster)
  const dry = await rehearse(world, cluster, reviving, session)
  const first = await runPhases(world, cluster, reviving, { session })
  const second = await runPhases(world, cluster, reviving)
  return { dry, first, second, hosts: [host], secrets: await secretsOf(request, [host]) }
}

/** Rolls an upgrade back to the version before it. */
async function rollBackTwice({ cluster, request }: Of): Promise<Runs> {
  const at = (kubernetesVersion: string) => ({ ...cluster, config: { ...cluster.config, kubernetesVersion } })
  const [old, target] = [at('v1.36.3'), at('v1.37.2')]
  const { world, host } = await preparedWorld(old)
  await runPhases(world, old, init(old, request))
  await makeReady(world.kube, old)
  const asked = makeRequest({ from: 'v1.36.3', etcdUpgrade: true, run: backupName('test', 'v1.37.2') })
  await runPhases(world, target, upgradeApply(target.nodes.map(node => ({ cluster: target, node, request: asked }))))
  const back = upgradeRollback(old.nodes.map(node => ({ cluster: old, node, request: asked })))
  const session = makeSession(old)
  const dry = await rehearse(world, old, back, session)
  const first = await runPhases(world, old, back, { session })
  const second = await runPhases(world, old, back)
  return { dry, first, second, hosts: [host], secrets: await secretsOf(request, [host]) }
}

/** Imports what external CAs have signed: certificates with the keys of a renewal. */
async function importTwice({ cluster, request }: Of): Promise<Runs> {
  const { world, host } = await preparedWorld(cluster)
  await runPhases(world, cluster, init(cluster, request))
  const { certificatesDir } = cluster.config
  const dir = renewalDir(certificatesDir)
  const asked = makeRequest({
    kubeconfigDir: request.kubeconfigDir,
    names: profileNames.filter(name => name !== 'kubelet.conf'),
  })
  const renewal = { ...cluster, config: { ...cluster.config, certificatesDir: dir } }
  const requesting = cluster.nodes.map(node => ({ cluster: renewal, node, request: { ...asked, kubeconfigDir: dir } }))
  await runPhases(world, renewal, generateRequests(requesting))
  const certificates: BroughtCertificate[] = []
  for (const profile of profiles.filter(({ name }) => asked.names.includes(name))) {
    const issuer = await issuerOf(host, certificatesDir, profile)
    if (issuer === undefined) continue
    const judged = judgeRequest(parseRequest(await read(host, `${dir}/${profile.base}.csr`), profile.base), profile)
    if ('faults' in judged) throw new Error(judged.faults.join())
    const { pem } = issueRequested(judged.accepted, profile, { issuer, startedAt: new Date(), validityMs: 3_600_000 })
    certificates.push({ name: profile.name, from: profile.base, pem })
  }
  const importing = cluster.nodes.flatMap(node =>
    importOnHost({ cluster, node, request: { ...asked, kubeconfigDir: request.kubeconfigDir, certificates } }, false),
  )
  const session = makeSession(cluster)
  const secrets = await secretsOf(request, [host])
  const dry = await rehearse(world, cluster, importing, session)
  const first = await runPhases(world, cluster, importing, { session })
  const second = await runPhases(world, cluster, importing)
  return { dry, first, second, hosts: [host], secrets }
}

/** The CA on the host; undefined with an external etcd. */
async function issuerOf(host: FakeHost, certificatesDir: string, { signedBy }: Profile): Promise<Issuer | undefined> {
  const { certificate, key } = pairOf(certificatesDir, signedBy)
  if ((await host.stat(key)) === undefined) return undefined
  return { certificate: parseCertificate(await read(host, certificate)), key: parsePrivateKey(await read(host, key)) }
}

/** All secrets: tokens and their halves, the certificate key, private keys. */
async function secretsOf(request: InitRequest, hosts: readonly FakeHost[]): Promise<readonly string[]> {
  const tokens = request.bootstrapTokens.map(({ token }) => token.reveal())
  const key = request.certificateKey?.reveal()
  const found = await Promise.all(hosts.map(host => keyBodies(host, '/')))
  return [...tokens, ...tokens.flatMap(halves), ...(key === undefined ? [] : [key]), ...found.flat()]
}

function halves(token: string): readonly string[] {
  const half = token.split('.')[1] ?? ''
  return [half, Buffer.from(half).toString('base64')]
}

/** The first line of every private key, which contains its secret number; the public part follows. */
async function keyBodies(host: FakeHost, dir: string): Promise<readonly string[]> {
  const children = (await host.list(dir)).map(name => `${dir === '/' ? '' : dir}/${name}`)
  const bodies = await Promise.all(
    children.map(async path => {
      if ((await host.stat(path))?.kind === 'dir') return keyBodies(host, path)
      const text = await read(host, path)
      const data = /client-key-data: (\S+)/.exec(text)?.[1]
      const pems = data === undefined ? text : Buffer.from(data, 'base64').toString()
      const lines = [...pems.matchAll(/PRIVATE KEY-----\n(\S+)/g)].flatMap(match => match[1] ?? [])
      return data === undefined ? lines : [...lines, data]
    }),
  )
  return bodies.flat()
}

async function read(host: FakeHost, path: string): Promise<string> {
  return Buffer.from((await host.readFile(path)) ?? '').toString()
}

/** All output of a run except the results that a command exists to print. */
function notesOf(events: readonly Event[]): string {
  return events
    .filter(event => !(event.type === 'step-note' && event.note.kind === 'result'))
    .map(event => {
      const texts = event.type === 'step-done' ? event.changes.flatMap(({ before, after }) => [before, after]) : []
      return [inspect(event, { depth: 20, maxStringLength: null }), ...texts.map(shown)].join('\n')
    })
    .join('\n')
}

function shown(text: Text | undefined): string {
  if (text === undefined || isSecret(text)) return String(text)
  return Buffer.from(text).toString()
}

describe.each(cases)('$title', ({ run }) => {
  let runs: Runs
  beforeAll(async () => {
    runs = await run()
  })

  it('every phase of the plan runs', () => {
    const ended = runs.first.events.filter(({ type }) => type === 'step-done' || type === 'step-skipped')
    expect(ended.length).toBe(runs.first.rows.flat(2).length)
    const changed = runs.first.changes.filter(({ changes }) => changes.length > 0).map(({ step }) => step.phase.id)
    expect(
      changed.filter(id =>
        [
          'kubelet-start',
          'cleanup-node',
          'node-remove/drain',
          'certs-renew/apiserver',
          'certs-renew/kubelet-client',
          'certs-import/install',
          'control-plane',
          'control-plane/apiserver',
          'control-plane/etcd',
          'rollback/static-pods',
        ].includes(id),
      ),
    ).not.toEqual([])
  })

  it('a dry run of the phases changes nothing', () => {
    expect(runs.dry.after).toEqual(runs.dry.before)
  })

  it('a dry run of the phases reports exactly the changes of the real run', () => {
    expect(comparable(runs.dry.recorded)).toEqual(comparable(runs.first))
  })

  it('a second run of the phases changes nothing', () => {
    const again = runs.second.changes.flatMap(({ step, changes }) =>
      changes.map(({ kind, what }) => `${step.phase.id}: ${kind} ${what}`),
    )
    expect(again).toEqual([])
  })

  it('the phases expose no secret in events or command lines', () => {
    expect(runs.secrets.length).toBeGreaterThan(3)
    const argv = runs.hosts.flatMap(host => host.calls.map(call => call.argv.join(' ')))
    const events = [runs.dry.recorded, runs.first, runs.second].map(run => notesOf(run.events))
    const text = [...events, ...argv].join('\n')
    expect(runs.secrets.filter(secret => text.includes(secret))).toEqual([])
  })

  it('the phases report secret results as secrets', () => {
    const notes = runs.first.events.flatMap(event => (event.type === 'step-note' ? [event.note] : []))
    const open = notes.flatMap(note => (note.kind === 'result' && !isSecret(note.value) ? [note.value] : []))
    expect(open.filter(value => runs.secrets.some(secret => value.includes(secret)))).toEqual([])
  })

  it('parallel phases never write the same file or object', () => {
    for (const row of runs.first.rows) {
      const laneOf = (id: string) => row.findIndex(lane => lane.includes(id))
      const inRow = runs.first.changes.filter(({ step }) => laneOf(step.phase.id) >= 0)
      const written = inRow.flatMap(({ step, changes }) => {
        const targets = changes.filter(({ kind }) => kind === 'file' || kind === 'object')
        return [...new Set(targets.map(({ on, what }) => `${what} on ${on}`))].map(target => ({
          target,
          by: laneOf(step.phase.id),
        }))
      })
      const twice = written.filter(({ target, by }) => written.some(one => one.target === target && one.by !== by))
      expect(twice).toEqual([])
    }
  })
})

const one = makeCluster()
const anything = makeRequest()
const pipelines: Readonly<Record<string, readonly Stage[]>> = {
  init: init(one, anything),
  join: join(one, anything),
  reset: reset(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'node remove': nodeRemove(one, anything),
  'certs kubelet-serving': kubeletServing(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'certs rotate-sa': rotateSa(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'certs renew': renewCertificates(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'upgrade apply': upgradeApply(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'upgrade node': upgradeNode(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'upgrade rollback': upgradeRollback(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'upgrade storage-migrate': migrateStorage(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
  'upgrade diff': upgradeDiff(one.nodes.map(node => ({ cluster: one, node, request: anything }))),
}
const all = Object.entries(pipelines).flatMap(([command, stages]) =>
  stages.flatMap(({ phases }) => phases.map(phase => ({ command, phase }))),
)

async function familyOf(phase: PhaseFacts): Promise<string | undefined> {
  const url = new URL('../../src/phases/', import.meta.url)
  const folders = (await readdir(url, { withFileTypes: true })).filter(entry => entry.isDirectory())
  for (const { name } of folders) {
    const exported = Object.values<object>(await import(`../../src/phases/${name}/index.ts`))
    if (exported.some(one => one === phase || Object.values(one).includes(phase))) return name
  }
  return undefined
}

describe.each(all)('$command: $phase.id', ({ phase }) => {
  it('a phase has the name of its directory', async () => {
    expect(phase.id.split('/')[0]).toBe(await familyOf(phase))
  })

  it('a phase has a title of at most 60 characters', () => {
    expect(phase.title).toMatch(/^[A-Z][^\n]{4,59}$/)
  })

  it('a phase has a description in whole sentences', () => {
    expect(phase.about).toMatch(/^[A-Z][a-z]+s [^|\n]{5,250}\.$/)
  })
})

it.each(Object.entries(pipelines))('the pipeline of %s contains each phase once', (_, stages) => {
  const ids = stages.flatMap(({ phases }) => phases.map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
})
