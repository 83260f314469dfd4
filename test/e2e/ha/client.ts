import { setTimeout as sleep } from 'node:timers/promises'
import { kubeClient } from '../../../src/clients/kube/client.ts'
import type { Kube } from '../../../src/clients/kube/kube.ts'
import { isKadmError } from '../../../src/errors/kadm-error.ts'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { readAccess } from '../../../src/observe/pki/access.ts'
import { parseKubeconfig } from '../../../src/pki/kubeconfig.ts'

/** A client that writes one object after another and reads each back until it is stopped. */
export interface Writing {
  /** Names that the API server has acknowledged. */
  readonly written: readonly string[]
  /** The longest time without an acknowledged write, in milliseconds. */
  readonly longestGapMs: number
  /** Acknowledged objects that were later missing or different. */
  readonly lost: readonly string[]
  /** Stops it, then checks every object once more. */
  finish(): Promise<void>
}

/** Connects to the server of the kubeconfig from this host. */
export async function startWriting(kubeconfig: string): Promise<Writing> {
  const host = await connectLocal()
  const access = await readAccess(host, parseKubeconfig(kubeconfig))
  const written: string[] = []
  const lost: string[] = []
  let longest = 0
  let stopped = false
  const client = () => kubeClient({ host, kubeconfig: access, timeoutMs: 3000 })
  let kube = client()
  let last = performance.now()

  async function loop(): Promise<void> {
    for (let i = 0; !stopped; i++) {
      const name = `written-${i}`
      while (!(await write(kube, name))) {
        // A connection to a lost server does not fail; a new one goes through the balancer again.
        kube.close()
        kube = client()
        await sleep(50)
      }
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
      written.push(name)
      await sleep(20)
    }
  }

  const done = loop()
  return {
    written,
    lost,
    get longestGapMs() {
      return Math.round(longest)
    },
    async finish() {
      stopped = true
      await done
      const found = new Map((await kube.list(maps)).map(object => [object.metadata.name, object.data]))
      lost.push(...written.filter(name => JSON.stringify(found.get(name)) !== JSON.stringify(dataOf(name))))
      kube.close()
    },
  }
}

const maps = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default' }
const dataOf = (name: string) => ({ name, text: name.repeat(20) })

/** True after the object is stored and reads back as written. */
async function write(kube: Kube, name: string): Promise<boolean> {
  const { namespace, ...kind } = maps
  try {
    await kube.create({ ...kind, metadata: { name, namespace }, data: dataOf(name) }).catch(error => {
      // The response to an earlier try was lost, not the object.
      if (!isKadmError(error, 'API_CONFLICT')) throw error
    })
    const found = await kube.get({ ...maps, name })
    return JSON.stringify(found?.data) === JSON.stringify(dataOf(name))
  } catch (error) {
    if (isKadmError(error)) return false
    throw error
  }
}
