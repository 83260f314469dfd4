import { type OpenedApi, openFirst } from '../../../compose/api.ts'
import { namedMachines } from '../../../compose/machines.ts'
import { parseStoredCluster } from '../../../config/stored-configuration.ts'
import { exitCodes } from '../../../errors/codes.ts'
import type { HostReader } from '../../../host/host.ts'
import { readClusterConfiguration } from '../../../observe/cluster/cluster-documents.ts'
import { listClusterNodes } from '../../../observe/cluster/nodes.ts'
import { readOwnNames } from '../../../observe/left/own-names.ts'
import { hasServingCertificate } from '../../../observe/pki/serving-certificate.ts'
import { knownNodes } from '../../../pki/known-nodes.ts'
import { presentResult } from '../../../ui/present-result.ts'
import { withHosts } from '../../run/with-hosts.ts'
import type { ApproveOptions } from './options.ts'
import { type AskedApprove, parseApprove } from './parse.ts'
import { approveText, isComplete } from './result.ts'
import { settleRequests } from './settle.ts'

/** `kadm certs approve`: compares requests with what the hosts themselves report, not with their Node objects. */
export async function runApprove(names: readonly string[], options: ApproveOptions): Promise<number> {
  const asked = parseApprove(names, options)
  return withHosts(namedMachines(options), { options }, async (hosts, signal) => {
    const api = await openFirst(hosts, asked.kubeconfig)
    // A watch ends with its connection.
    signal.addEventListener('abort', () => api.kube.close())
    try {
      const place = await readPlace(hosts, asked, api)
      const answer = await settleRequests(api.kube, asked, place)
      process.stdout.write(presentResult(answer, options.output, value => approveText(value, asked, new Date())))
      return isComplete(answer, asked) ? 0 : exitCodes.step
    } finally {
      api.kube.close()
    }
  })
}

/** Reads what is known about the names of nodes, and which nodes have no serving certificate yet. */
async function readPlace(hosts: readonly HostReader[], { sans }: AskedApprove, { kube }: OpenedApi) {
  const [text, nodes] = await Promise.all([readClusterConfiguration(kube), listClusterNodes(kube)])
  const { config } = parseStoredCluster(text)
  const own = await Promise.all(hosts.map(host => readOwnNames(host, config.certificatesDir)))
  const served = await Promise.all(hosts.map(host => hasServingCertificate(host, new Date())))
  const known = knownNodes({ hosts: own, given: sans, nodes, config })
  const members = new Set(nodes.map(({ name }) => name))
  const done = new Set(own.flatMap(({ node }, i) => (served[i] === true ? [node] : [])))
  const lacking = [...known.keys()].filter(node => members.has(node) && !done.has(node))
  return { known, lacking }
}
