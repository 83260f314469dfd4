import { availableParallelism } from 'node:os'
import type { Figures, Scenario } from './measure.ts'

interface Result {
  readonly scenario: Scenario
  readonly figures: Figures
}

/** docs/benchmarks.md: medians, ratios, and where kadm's time goes. */
export function benchmarksPage(results: readonly Result[], runs: number): string {
  const rows = results.map(({ scenario, figures }) => {
    const { kadm, kubeadm } = figures.seconds
    const work = `${median(figures.work.kubeadm).toFixed(1)} | ${median(figures.work.kadm).toFixed(1)}`
    const wanted = scenario.target?.toFixed(2) ?? (scenario.targetMore === undefined ? '' : `+${scenario.targetMore} s`)
    return `| ${scenario.title} | ${spread(kubeadm)} | ${spread(kadm)} | ${ratioOf(figures).toFixed(2)} | ${wanted} | ${work} |`
  })
  const where = results.filter(({ figures }) => figures.phases !== undefined).map(phaseTable)
  return `# Benchmarks

Written by \`npm run bench\`: kadm and real kubeadm v1.37.2 in turn on the same nodes of the lab, ${runs} runs each, on a
machine with ${availableParallelism()} cores. Seconds: median (minimum to maximum). Ratio: kadm's median to kubeadm's,
beside the one that is wanted at most. Work: median seconds that all processors worked meanwhile, for whatever was
started on the nodes as well; divided by the number of processors, what a run takes at least.

| | kubeadm | kadm | ratio | wanted | kubeadm's work | kadm's work |
|---|---|---|---|---|---|---|
${rows.join('\n')}
${paragraphs([...missed(results), ...overSsh(results)])}
## Where kadm's time goes

Phases of one row run side by side, so their times overlap.

${where.join('\n\n')}
`
}

function ratioOf({ seconds: { kadm, kubeadm } }: Figures): number {
  return median(kadm) / median(kubeadm)
}

/** What keeps kadm from what is wanted. */
function missed(results: readonly Result[]): readonly string[] {
  return results.flatMap(({ scenario: { title, target, targetMore, floor }, figures }) => {
    const met =
      (target === undefined || ratioOf(figures) <= target) && (targetMore === undefined || more(figures) <= targetMore)
    return met || floor === undefined ? [] : [`${title}: ${floor}.`]
  })
}

/** How much longer the same takes kadm over SSH than on the node. */
function overSsh(results: readonly Result[]): readonly string[] {
  const rows = results.filter(({ scenario }) => scenario.targetMore !== undefined)
  const texts = rows.map(
    ({ scenario, figures }) => `${scenario.name.replace(/-ssh$/, '')} ${more(figures).toFixed(2)} s`,
  )
  return texts.length === 0 ? [] : [`Over SSH kadm takes longer than on the node by: ${texts.join(', ')}.`]
}

/** Seconds. */
function more({ seconds: { kadm, kubeadm } }: Figures): number {
  return median(kadm) - median(kubeadm)
}

function paragraphs(texts: readonly string[]): string {
  return texts.map(text => `\n${text}\n`).join('')
}

function phaseTable({ scenario, figures }: Result): string {
  const shown = (figures.phases ?? []).filter(({ seconds }) => seconds >= 0.1)
  const lines = shown.map(({ phase, seconds }) => `| ${phase} | ${seconds.toFixed(2)} |`)
  return `### ${scenario.title}\n\n| phase (0.1 s or more) | seconds |\n|---|---|\n${lines.join('\n')}`
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(2)} (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}
