import type { Cluster } from '../../cluster/cluster.ts'
import { controlPlaneImages } from '../../cluster/images.ts'
import { connectTo, namedMachines } from '../../compose/machines.ts'
import type { FlagValues } from '../../config/flags/flag.ts'
import { completeImages, parseImages } from '../../config/images.ts'
import type { ParsedInit } from '../../config/init.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { pullImagesOnHosts } from '../../phases/pipelines.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { outputVersion, printObjects } from '../output-objects.ts'
import type { Asked, Intent, Seen } from '../run/intent.ts'
import { progressReporter, warn } from '../run/report.ts'
import type { RunReport } from '../run/run-plan.ts'
import { settleVersion } from '../run/settle-version.ts'

export interface PullInput {
  readonly options: Pick<CommonOptions, 'host'>
  readonly flags: FlagValues
}

/** `kadm config images list`: asks this host for the version of its kubelet, and no other. */
export async function runImagesList({ output }: Pick<CommonOptions, 'output'>, flags: FlagValues): Promise<number> {
  const parsed = parse(flags)
  warn(parsed.warnings)
  const report = progressReporter({ progress: 'auto' }, 'config images list')
  const settled = await settleVersion(parsed, await connectTo(undefined, {}), report)
  const images = controlPlaneImages(settled.config)
  const object = { kind: 'Images', apiVersion: outputVersion, images }
  const text = images.map(image => `${image}\n`).join('')
  process.stdout.write(output === 'text' ? text : printObjects([object], output))
  return 0
}

interface PullAsked extends Asked {
  readonly parsed: ParsedInit
}

interface PullSeen extends Seen {
  readonly cluster: Cluster
}

/** `kadm config images pull`: on this host, or on several hosts over SSH in parallel. */
export const pullIntent: Intent<PullInput, PullAsked, PullSeen, ReturnType<typeof resultOf>> = {
  name: () => 'kadm config images pull',
  plan: 'config images pull',
  parse({ options, flags }) {
    const parsed = parse(flags)
    return { parsed, hosts: namedMachines(options), access: 'read', dryRun: false, pick: {}, warnings: parsed.warnings }
  },
  async observe({ parsed }, { hosts, first, report }) {
    const settling = settleVersion(parsed, first, report('config images pull'))
    const [settled, facts] = await Promise.all([settling, Promise.all(hosts.map(readFacts))])
    const cluster = completeImages(settled, facts)
    const targets = cluster.nodes.map(node => ({ cluster, node, request: parsed.request }))
    return { cluster, targets, state: {}, warnings: [], dry: { newCluster: false } }
  },
  stages: ({ targets }) => pullImagesOnHosts(targets),
  answer: ({ seen: { cluster }, report }) => resultOf(controlPlaneImages(cluster.config), cluster.nodes, report),
  text: textOf,
}

function parse(flags: FlagValues): ParsedInit {
  const { file } = readConfigFile(flags.config)
  const { config: _, ...others } = flags
  return parseImages(file, file === undefined ? others : flags, new Date())
}

function resultOf(images: readonly string[], nodes: readonly { readonly name: string }[], report: RunReport) {
  const pulled = (node: string, image: string) => report.changes.some(one => one.node === node && one.what === image)
  return {
    nodes: nodes.map(({ name }) => {
      return { node: name, images: images.map(image => ({ image, pulled: pulled(name, image) })) }
    }),
    seconds: report.seconds,
  }
}

/** Lines as kubeadm prints them. With several hosts, each line names its host. */
function textOf({ nodes }: ReturnType<typeof resultOf>): string {
  const prefix = (node: string) => (nodes.length > 1 ? `${node}: ` : '')
  const lines = nodes.flatMap(({ node, images }) =>
    images.map(({ image, pulled }) => `${prefix(node)}[config/images] ${pulled ? 'Pulled' : 'Found'} ${image}\n`),
  )
  return lines.join('')
}
