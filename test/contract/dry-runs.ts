import type { Cluster } from '../../src/cluster/cluster.ts'
import { isSecret } from '../../src/cluster/secret.ts'
import type { Session } from '../../src/cluster/session.ts'
import type { FakeHost } from '../../src/host/fake.ts'
import type { Text } from '../../src/host/host.ts'
import type { Stage } from '../../src/phases/phase.ts'
import type { Change } from '../../src/pipeline/events.ts'
import { parseCertificates, spkiHash } from '../../src/pki/certificate.ts'
import { type Recorded, runPhases, type World } from './run-phases.ts'

/** A dry run, with the state of the hosts and the cluster before and after it as text. */
export interface Rehearsal {
  readonly recorded: Recorded
  readonly before: string
  readonly after: string
}

export async function rehearse(
  world: World,
  cluster: Cluster,
  stages: readonly Stage[],
  session: Session,
): Promise<Rehearsal> {
  for (const node of cluster.nodes) world.hostOf(cluster, node)
  const before = await picture(world)
  const recorded = await runPhases(world, cluster, stages, { session, dryRun: true })
  return { recorded, before, after: await picture(world) }
}

/** Every file with its time, every object with its version, the images, and the commands that ran. */
async function picture({ hosts, kube, images }: World): Promise<string> {
  const machines = [...hosts].map(async ([name, host]) => {
    const commands = host.calls.filter(call => call.verb === 'exec').map(call => call.argv.join(' '))
    return [name, ...(await tree(host, '/')), ...commands].join('\n')
  })
  return [...(await Promise.all(machines)), JSON.stringify(kube.objects()), ...images].join('\n')
}

async function tree(host: FakeHost, dir: string): Promise<readonly string[]> {
  const names = await host.list(dir)
  const lines = names.map(async name => {
    const path = dir === '/' ? `/${name}` : `${dir}/${name}`
    const stat = await host.stat(path)
    const inside =
      stat?.kind === 'dir'
        ? await tree(host, path)
        : [Buffer.from((await host.readFile(path)) ?? '').toString('base64')]
    return [`${path} ${stat?.mode} ${stat?.owner} ${stat?.mtime.getTime()}`, ...inside]
  })
  return (await Promise.all(lines)).flat()
}

/** Returns the changes of a run in the order of the plan, without random values and values of other clients. */
export function comparable({ changes, rows }: Recorded): readonly string[] {
  const order = rows.flat(2)
  const steps = [...changes].sort(
    (a, b) =>
      order.indexOf(a.step.phase.id) - order.indexOf(b.step.phase.id) || (a.step.node.name < b.step.node.name ? -1 : 1),
  )
  return steps.flatMap(({ step, changes }) => changes.map(change => `${step.phase.id}: ${line(change)}`).sort())
}

function line(change: Change): string {
  const { kind, on, what, mode, modeBefore, before, after } = change
  const texts = what.startsWith('Node ') ? [added(before, after)] : [before, after].map(text => fixed(text))
  return [kind, on, fixed(what), mode?.toString(8), modeBefore?.toString(8), ...texts].join(' | ')
}

/** A Node has labels of its kubelet, which a dry run does not know; compares only added lines. */
function added(before: Text | undefined, after: Text | undefined): string {
  const old = reveal(before).split('\n')
  const lines = reveal(after).split('\n')
  return lines.filter(text => !old.includes(text) && text.trim() !== 'labels:').join('\n')
}

function fixed(text: Text | undefined): string {
  return (
    reveal(text)
      .replace(/bootstrap-token-[a-z0-9]{6}/g, 'bootstrap-token-*')
      .replace(/^( *uid: ).*$/gm, '$1*')
      // An ECDSA signature has no fixed length.
      .replace(/(\.crt: "\[secret, )\d+/g, '$1*')
      .replace(
        /(certificate(?:-authority)?-data: )(\S+)/g,
        (_, key, data) => key + Buffer.from(data, 'base64').toString(),
      )
      .replace(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n/g, described)
  )
}

/** A certificate without its serial number and signature. */
function described(pem: string): string {
  const described = parseCertificates(pem).map(one => {
    const { subject, issuer, sans, usages, notBefore, notAfter, isCa } = one
    return JSON.stringify([spkiHash(one), subject, issuer, sans, usages, notBefore, notAfter, isCa])
  })
  return described.join('\n')
}

function reveal(text: Text | undefined): string {
  if (text === undefined) return '(nothing)'
  return isSecret(text) ? text.reveal() : Buffer.from(text as Uint8Array).toString()
}
