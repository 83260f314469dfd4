import { closeAll, connectAll, namedMachines } from '../../compose/machines.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { type RecordedRun, readBeforeImages, readRuns } from '../../host/claim/read-runs.ts'
import type { HostReader } from '../../host/host.ts'
import { presentResult } from '../../ui/present-result.ts'
import type { CommonOptions } from '../options.ts'
import { onInterrupt } from '../run/interrupt.ts'
import { runDetails, runTable, type ShownRun } from './result.ts'

interface HostRuns {
  readonly host: HostReader
  readonly runs: readonly RecordedRun[]
}

/** `kadm runs list`: changes nothing. */
export async function runRunsList(options: CommonOptions): Promise<number> {
  const runs = await onHosts(options, async found =>
    found.flatMap(({ host, runs }) => runs.map(run => ({ host: host.name, ...run }))),
  )
  process.stdout.write(presentResult({ runs }, options.output, () => runTable(runs)))
  return 0
}

/** `kadm runs show`: one run on each host that has a log of it. Changes nothing. Throws USAGE. */
export async function runRunsShow(name: string | undefined, options: CommonOptions): Promise<number> {
  const runs = await onHosts(options, found => {
    const run = chooseRun(name, found)
    return Promise.all(found.flatMap(({ host, runs }) => runs.filter(one => one.run === run).map(shown(host))))
  })
  process.stdout.write(presentResult({ runs }, options.output, () => runs.map(runDetails).join('\n')))
  return 0
}

const shown =
  (host: HostReader) =>
  async (run: RecordedRun): Promise<ShownRun> => ({
    host: host.name,
    ...run,
    beforeImages: await readBeforeImages(host, run.run),
  })

async function onHosts<T>(options: CommonOptions, act: (found: readonly HostRuns[]) => Promise<T>): Promise<T> {
  const interrupt = onInterrupt()
  try {
    const { hosts } = await connectAll(namedMachines({ ...(options.host && { host: options.host }) }), {
      options,
      signal: interrupt.signal,
    })
    try {
      return await act(await Promise.all(hosts.map(async host => ({ host, runs: await readRuns(host) }))))
    } finally {
      await closeAll(hosts)
    }
  } finally {
    interrupt.release()
  }
}

/** Returns the name of the run that `name` refers to. */
export function chooseRun(
  name: string | undefined,
  found: readonly { readonly host: Pick<HostReader, 'name'>; readonly runs: readonly Pick<RecordedRun, 'run'>[] }[],
): string {
  const names = [...new Set(found.flatMap(({ runs }) => runs.map(({ run }) => run)))].sort()
  const where = found.map(({ host }) => host.name).join(', ')
  const hint = '`kadm runs list` lists the runs that a host has a log of'
  if (names.length === 0) {
    throw new KadmError('USAGE', `no run of kadm is recorded on ${where}`, {
      hint: 'a host has logs of the last twenty commands that changed it; `kadm reset` removes them',
    })
  }
  const matches = name === undefined ? names.slice(-1) : names.filter(one => one.startsWith(name))
  const [match, ...more] = matches.includes(name ?? '') ? [name] : matches
  if (match === undefined)
    throw new KadmError('USAGE', `no run on ${where} has a name that starts with ${name}`, { hint })
  if (more.length > 0) {
    throw new KadmError('USAGE', `${matches.length} runs have names that start with ${name}: ${matches.join(', ')}`, {
      hint: 'give more of the name',
    })
  }
  return match
}
