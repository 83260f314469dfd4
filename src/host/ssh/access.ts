import { addAbortSignal, type Duplex } from 'node:stream'
import type { Client } from 'ssh2'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { type HostSpec, parseHostSpec } from '../host-spec.ts'
import { localStream } from '../local/stream.ts'
import type { SshSettings } from './config/config.ts'
import { logIn } from './connection.ts'
import { dialTcp } from './dial.ts'
import { forward } from './forward.ts'
import { type Link, watchLink } from './link.ts'
import { sshUnreachable } from './log-in/error.ts'
import type { SshWorkshop } from './shared.ts'

/** A host with an authenticated connection. */
export interface SshConnection {
  readonly client: Client
  readonly link: Link
  readonly settings: SshSettings
  close(): void
}

export interface SshAccess {
  /** Throws USAGE, NOT_BUILT, HOST_UNREACHABLE, HOST_KEY_UNKNOWN, HOST_KEY_CHANGED, HOST_AUTH, or the signal's reason. */
  reach(spec: HostSpec, name: string, signal?: AbortSignal): Promise<SshConnection>
}

interface Journey {
  readonly spec: HostSpec
  readonly name: string
  /** Replaces the ProxyJump of the host's own configuration. */
  readonly jump?: string
  /** Hosts that are being connected on behalf of this one. */
  readonly trail: readonly string[]
  /** Set if other hosts share the connection as a hop. */
  readonly hop?: Hop
  readonly signal?: AbortSignal | undefined
}

/** A host on the way to others. */
interface Hop {
  readonly connection: Promise<SshConnection>
  users: number
  /** The hop that it is reached through. */
  via?: Hop
}

/** Connects to hosts. All hosts behind a hop share its connection. */
export function sshAccess(workshop: SshWorkshop): SshAccess {
  const hops = new Map<string, Hop>()

  const makeHop = (jump: string, trail: readonly string[], signal: AbortSignal | undefined): Hop => {
    const at = jump.lastIndexOf(',')
    const text = jump
      .slice(at + 1)
      .trim()
      .replace(/^ssh:\/\//, '')
    const journey = { spec: parseHostSpec(text), name: text, trail, signal }
    const further = at === -1 ? journey : { ...journey, jump: jump.slice(0, at) }
    const hop: Hop = { users: 0, connection: Promise.resolve().then(() => reach({ ...further, hop })) }
    return hop
  }

  const takeHop = (jump: string, behind: Journey, trail: readonly string[]) => {
    const hop = hops.get(jump) ?? makeHop(jump, trail, behind.signal)
    // Two hops that wait for each other would block forever, with all connections that share them.
    if (behind.hop !== undefined) {
      if (liesBehind(hop, behind.hop)) throw goesInCircles(behind, trail, jump)
      behind.hop.via = hop
    }
    hops.set(jump, hop)
    hop.users++
    let left = false
    const leave = () => {
      if (left) return
      left = true
      if (--hop.users > 0) return
      hops.delete(jump)
      hop.connection.then(connection => connection.close()).catch(() => {})
    }
    return { connection: hop.connection, leave }
  }

  const reach = async (journey: Journey): Promise<SshConnection> => {
    journey.signal?.throwIfAborted()
    const settings = await workshop.settings(journey.spec, journey.jump)
    const { user, host, port, proxyJump } = settings
    const place = `${user}@${host}:${port}`
    if (journey.trail.includes(place) || journey.trail.length === mostHops)
      throw goesInCircles(journey, journey.trail, place)
    if (proxyJump === undefined) return enter(settings, journey, () => dialHere(settings, journey.signal))
    const hop = takeHop(proxyJump, journey, [...journey.trail, place])
    try {
      const via = await hop.connection.catch(error => {
        throw onTheWay(error, journey)
      })
      const limits = { signal: journey.signal, timeoutMs: settings.connectTimeoutMs }
      const open = () => forward(via.client, via.settings.typed, { host, port }, limits)
      const dial = () => via.link.during(`connecting to ${host}:${port}`, open)
      const connection = await enter(settings, journey, dial)
      via.link.onLost(why => connection.link.cut(`lost the connection through ${via.settings.typed}: ${why}`))
      const close = () => {
        connection.close()
        hop.leave()
      }
      return { ...connection, close }
    } catch (error) {
      hop.leave()
      throw error
    }
  }

  const enter = async (settings: SshSettings, { name, signal }: Journey, dial: () => Promise<Duplex>) => {
    const dialed = () =>
      dial().catch(error => {
        signal?.throwIfAborted()
        throw sshUnreachable(settings, error)
      })
    const [knowledge, keys] = await Promise.all([
      workshop.knowledge(settings, async () => endedBy(await dialed(), signal)),
      workshop.keyring.identities(settings.logIn),
    ])
    const { credentials } = workshop
    const { client, stream, newHostKey } = await logIn({
      settings,
      dial: dialed,
      knowledge,
      ...keys,
      credentials,
      signal,
    })
    if (newHostKey !== undefined) await workshop.remember(settings, newHostKey)
    const link = watchLink(client, stream, { name, alive: settings.alive })
    return { client, link, settings, close: () => void client.end() }
  }

  return { reach: (spec, name, signal) => reach({ spec, name, trail: [], signal }) }
}

function endedBy(stream: Duplex, signal: AbortSignal | undefined): Duplex {
  return signal === undefined ? stream : addAbortSignal(signal, stream)
}

function dialHere(settings: SshSettings, signal: AbortSignal | undefined): Promise<Duplex> {
  return settings.proxyCommand === undefined
    ? dialTcp(settings, signal)
    : Promise.resolve(localStream(`exec ${settings.proxyCommand}`))
}

/** A name derived from the name of the host behind it (`ProxyJump jump-%h` for all) would never end. */
const mostHops = 20

function liesBehind(hop: Hop, other: Hop): boolean {
  return hop === other || (hop.via !== undefined && liesBehind(hop.via, other))
}

function goesInCircles({ spec }: Journey, trail: readonly string[], end: string): KadmError {
  const hint = `add a section for ${spec.host} before the others, with ProxyJump none`
  const way = [...trail, end].join(' through ')
  return new KadmError('USAGE', `ProxyJump forms a loop: ${way}`, { hint })
}

function onTheWay(error: unknown, { name }: Journey): unknown {
  if (!isKadmError(error) || error.code === 'USAGE') return error
  return error.with({ message: `connecting to ${name}: ${error.message}` })
}
