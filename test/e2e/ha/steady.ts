import { setTimeout as sleep } from 'node:timers/promises'
import { kubeClient } from '../../../src/clients/kube/client.ts'
import { isKadmError } from '../../../src/errors/kadm-error.ts'
import { connectLocal } from '../../../src/host/connect-local.ts'
import { readAccess } from '../../../src/observe/pki/access.ts'
import { parseKubeconfig } from '../../../src/pki/kubeconfig.ts'
import type { LabNode } from '../../lab/lab.ts'

/** A client that makes ten requests a second until it is stopped. */
export interface Steady {
  readonly requests: number
  /** Requests that failed once, and then succeeded. */
  readonly retried: readonly string[]
  /** Requests that failed twice in a row. */
  readonly failed: readonly string[]
  finish(): Promise<void>
}

const everyMs = 100
const map = { apiVersion: 'v1', kind: 'ConfigMap' }

/** Writes an object and reads it back, ten times a second, through the server of the kubeconfig. */
export async function startSteady(kubeconfig: string): Promise<Steady> {
  const host = await connectLocal()
  const access = await readAccess(host, parseKubeconfig(kubeconfig))
  const kube = kubeClient({ host, kubeconfig: access, timeoutMs: 5000 })
  const ref = { ...map, name: 'steady', namespace: 'default' }
  await kube.create({ ...map, metadata: { name: 'steady', namespace: 'default' }, data: { turn: '' } })
  return repeat(async turn => {
    const data = { turn: String(turn) }
    await kube.patch(ref, { data }, 'merge')
    const found = await kube.get(ref)
    if (found?.data === undefined) throw new Error('the object is gone')
  }, kube.close)
}

/** Asks a Service from within a container on the node, without the API server, ten times a second. */
export async function startAsking(node: LabNode, container: string, url: string): Promise<Steady> {
  return repeat(async () => {
    await node.run(['crictl', 'exec', container, '/usr/local/bin/echo', 'get', url])
  })
}

/**
 * Asks the URL of a Service from a node, ten times a second, without the API server and without a pod. Starts with the
 * first answer: kube-proxy writes the rules of a node shortly after the pods of the Service are ready.
 */
export async function startFetching(node: LabNode, url: string): Promise<Steady> {
  const ask = ['curl', '-sf', '-o', '/dev/null', '--max-time', '3', url]
  await node.run([...ask, '--retry', '60', '--retry-delay', '1', '--retry-all-errors'], { timeoutMs: 90_000 })
  return repeat(async () => {
    await node.run(ask)
  })
}

async function repeat(ask: (turn: number) => Promise<void>, close: () => void = () => undefined): Promise<Steady> {
  const retried: string[] = []
  const failed: string[] = []
  let requests = 0
  let stopped = false
  const attempt = (turn: number) => ask(turn).then(() => undefined, failedAt)
  const loop = async () => {
    for (; !stopped; requests++) {
      const next = sleep(everyMs)
      const first = await attempt(requests)
      const second = first === undefined ? undefined : await attempt(requests)
      if (first !== undefined) (second === undefined ? retried : failed).push(first)
      await next
    }
  }
  const done = loop()
  return {
    get requests() {
      return requests
    },
    retried,
    failed,
    async finish() {
      stopped = true
      await done
      close()
    },
  }
}

/** The time and the message, to compare with the logs of the nodes. */
function failedAt(error: unknown): string {
  if (isKadmError(error) || error instanceof Error) return `${new Date().toISOString()} ${error.message}`
  throw error
}
