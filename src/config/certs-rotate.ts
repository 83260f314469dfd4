import type { Cluster, MachineFacts, Role } from '../cluster/cluster.ts'
import { defaultCaFile } from '../cluster/node-files.ts'
import type { RotateRequest } from '../cluster/rotation.ts'
import type { ClusterConfiguration } from '../cluster/spec.ts'
import { baseRequest } from './base-request.ts'
import { clusterAtHost } from './cluster-at-host.ts'
import { toNode } from './kinds/node-registration.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'

/** A host of a cluster whose CAs are rotated. */
export interface RotatePlace {
  readonly facts: MachineFacts
  readonly config: ClusterConfiguration
  readonly role: Role
  readonly name?: string
  readonly advertiseAddress?: string
  readonly bindPort?: number
  readonly clientCaFile?: string
}

/** The options that are the same on every host and in every step. */
export type RotateOptionsOfRun = Pick<RotateRequest, 'nodeNames' | 'restartPods' | 'patchCaBundles'> & {
  readonly kubeconfig: string
}

/** Returns the cluster with the node of a host, and its request without the goals of a step. */
export function completeRotate(place: RotatePlace, { kubeconfig, ...options }: RotateOptionsOfRun) {
  const caCertPath =
    place.role === 'worker' ? (place.clientCaFile ?? defaultCaFile) : `${place.config.certificatesDir}/ca.crt`
  const base = { ...baseRequest({ kubeconfig }, { timeouts: defaultTimeouts(undefined), caCertPath }), ...options }
  const { role, ...rest } = place
  const cluster = clusterAtHost(rest, base)
  return { cluster: role === 'worker' ? asWorker(cluster) : cluster, base }
}

function asWorker(cluster: Cluster): Cluster {
  return {
    ...cluster,
    nodes: cluster.nodes.map(({ facts, ...node }) => {
      const { name, criSocket, kubeletExtraArgs, ignorePreflightErrors, imagePullPolicy, imagePullSerial } = node
      const registration = {
        name,
        criSocket,
        kubeletExtraArgs,
        ignorePreflightErrors,
        imagePullPolicy,
        imagePullSerial,
      }
      return toNode(registration, facts)
    }),
  }
}
