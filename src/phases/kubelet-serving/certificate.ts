import { readServedPem } from '../../clients/https/served-certificate.ts'
import type { Kube } from '../../clients/kube/kube.ts'
import { kubeletPorts } from '../../cluster/components.ts'
import type { ServingRequest } from '../../cluster/request.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import { listClusterNodes } from '../../observe/cluster/nodes.ts'
import { readOwnNames } from '../../observe/left/own-names.ts'
import { timeOn } from '../../observe/machine/clock.ts'
import { readText } from '../../observe/machine/read-text.ts'
import { type ClusterRequest, listRequests } from '../../observe/pki/serving-requests.ts'
import { approveRequest } from '../../ops/approve-request.ts'
import { type Certificate, parseCertificate, parseCertificates } from '../../pki/certificate.ts'
import { judgeServingRequest, type KnownNode, kubeletServingSigner } from '../../pki/judge-serving-request.ts'
import { knownNodes } from '../../pki/known-nodes.ts'
import { verifySignedBy } from '../../pki/verify.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Without an approved request a kubelet serves nothing: no logs, no exec, no metrics. */
export const servingCertificate: Phase<ServingRequest> = {
  id: 'kubelet-serving/certificate',
  title: 'Approve the serving certificate of the kubelet',
  about:
    "Approves the kubelet's request for a serving certificate if its names are those of the host, and waits until the kubelet serves a certificate of the cluster CA.",
  kubeadm: 'none',
  needs: ['name'],
  skip: ({ request }) => (request.serverTlsBootstrap ? undefined : 'kubelets sign their own serving certificates'),
  async run(ctx) {
    const { node, request, report } = ctx
    const kube = await ctx.kube('source')
    const seen: Seen = { text: `${node.name} has not asked for a serving certificate yet` }
    const certificate = await ctx.until<Certificate | 'assumed'>(
      `a serving certificate of the cluster CA for ${node.name}`,
      async () => (await readServed(ctx)) ?? approveNewest(ctx, kube, seen),
      {
        timeoutMs: request.timeouts.tlsBootstrap,
        field: 'tlsBootstrap',
        states: async () => [seen.text],
        assume: 'assumed',
      },
    )
    if (certificate === 'assumed') return
    report({ kind: 'result', key: 'served', value: certificate.notAfter.toISOString() })
  },
}

interface Seen {
  text: string
}

/** Returns the certificate that the kubelet presents, if the CA of the cluster signed it. */
async function readServed({ host, node, request }: PhaseContext): Promise<Certificate | undefined> {
  const caPem = await readText(host, request.caCertPath)
  if (caPem === undefined) {
    throw new KadmError('CERT_INVALID', `${request.caCertPath} does not exist on ${host.name}`, {
      hint: 'copy ca.crt of a control plane to it',
    })
  }
  try {
    const served = parseCertificate(await readServedPem(host, new URL(`https://127.0.0.1:${kubeletPorts.api}`)))
    return verifySignedBy(served, parseCertificates(caPem), timeOn(node)).valid ? served : undefined
  } catch (error) {
    // Without a certificate the kubelet ends the handshake.
    if (isKadmError(error, 'HOST_CONNECT')) return undefined
    throw error
  }
}

/** Approves the newest pending request of the node: a restarted kubelet has discarded the keys of earlier ones. */
async function approveNewest(ctx: PhaseContext<ServingRequest>, kube: Kube, seen: Seen): Promise<undefined> {
  const { node, report } = ctx
  const own = (await listRequests(kube)).filter(isOf(node.name))
  const newest = own.at(-1)
  if (newest === undefined) return
  seen.text = `the request ${newest.name} of ${node.name} is ${newest.state}`
  if (newest.state !== 'pending') return
  const { reasons } = judgeServingRequest(newest, await readKnown(ctx, kube))
  if (reasons.length > 0) throw refused(newest, reasons)
  report({ kind: 'progress', text: `approving ${newest.name}` })
  await approveRequest(kube, newest.object)
}

function isOf(node: string): (request: ClusterRequest) => boolean {
  return ({ signer, user }) => signer === kubeletServingSigner && user === `system:node:${node}`
}

async function readKnown(ctx: PhaseContext<ServingRequest>, kube: Kube): Promise<ReadonlyMap<string, KnownNode>> {
  const { cluster, host, node, request } = ctx
  const [own, nodes] = await Promise.all([readOwnNames(host, cluster.config.certificatesDir), listClusterNodes(kube)])
  return knownNodes({ hosts: [{ ...own, node: node.name }], given: request.sans, nodes, config: cluster.config })
}

function refused({ name, user }: ClusterRequest, reasons: readonly string[]): KadmError {
  const node = user.replace('system:node:', '')
  return new KadmError('API_REFUSED', `the request ${name} of ${node} is not approved: ${reasons.join('; ')}`, {
    hint: `if the names are right, give them with --san ${node}=NAME,ADDRESS; until then the kubelet serves no logs and no exec`,
    final: true,
  })
}
