import { controlPlaneImages } from '../../cluster/images.ts'
import { closeAll, connectAll, namedMachines } from '../../compose/machines.ts'
import { nameRun } from '../../compose/name-run.ts'
import type { FlagValues } from '../../config/flags/flags.ts'
import { completeImages, parseImages } from '../../config/images.ts'
import type { ParsedInit } from '../../config/init.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { ConnectedHost } from '../../host/host.ts'
import { readFacts } from '../../observe/machine/facts.ts'
import { pullImages } from '../../phases/pipelines.ts'
import { makePlan } from '../../pipeline/plan.ts'
import { presentResult } from '../../ui/present-result.ts'
import { type CommonOptions, readConfigFile } from '../options.ts'
import { outputVersion, printObjects } from '../output-objects.ts'
import { onInterrupt } from '../run/interrupt.ts'
import { type RunReport, runPlan } from '../run/run-plan.ts'
import { warn } from '../run/tell.ts'

/** `kadm config images list`: reaches no machine. */
export async function runImagesList({ output }: Pick<CommonOptions, 'output'>, flags: FlagValues): Promise<number> {
  const images = controlPlaneImages(parse(flags).config)
  const object = { kind: 'Images', apiVersion: outputVersion, images }
  const text = images.map(image => `${image}\n`).join('')
  process.stdout.write(output === 'text' ? text : printObjects([object], output))
  return 0
}

/** `kadm config images pull`: on this machine, or on several over SSH, side by side. */
export async function runImagesPull(options: CommonOptions, flags: FlagValues): Promise<number> {
  const parsed = parse(flags)
  const interrupt = onInterrupt()
  const hosts: ConnectedHost[] = []
  try {
    hosts.push(...(await connectAll(namedMachines(options), { options, signal: interrupt.signal })))
    const cluster = completeImages(parsed, await Promise.all(hosts.map(readFacts)))
    const { run, since } = nameRun('kadm config images pull', new Date())
    const session = { run, startedAt: since, signal: interrupt.signal, key: noKeys }
    const plan = makePlan('config images pull', pullImages(cluster, parsed.request), {})
    const byNode = new Map(cluster.nodes.map((node, i) => [node, hosts[i] as ConnectedHost] as const))
    const report = await runPlan(plan, { session, hosts: byNode }, options)
    const result = resultOf(controlPlaneImages(cluster.config), cluster.nodes, report)
    process.stdout.write(presentResult(result, options.output, textOf))
    return 0
  } finally {
    interrupt.release()
    await closeAll(hosts)
  }
}

function parse(flags: FlagValues): ParsedInit {
  const { file } = readConfigFile(flags.config)
  const { config: _, ...others } = flags
  const parsed = parseImages(file, file === undefined ? others : flags, new Date())
  warn(parsed.warnings)
  return parsed
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

/** kubeadm's lines; several machines are told apart by their names. */
function textOf({ nodes }: ReturnType<typeof resultOf>): string {
  const prefix = (node: string) => (nodes.length > 1 ? `${node}: ` : '')
  const lines = nodes.flatMap(({ node, images }) =>
    images.map(({ image, pulled }) => `${prefix(node)}[config/images] ${pulled ? 'Pulled' : 'Found'} ${image}\n`),
  )
  return lines.join('')
}

function noKeys(): Promise<never> {
  return Promise.reject(new KadmError('INTERNAL', 'no keys are made for images'))
}
