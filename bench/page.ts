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
    const ratio = median(kadm) / median(kubeadm)
    return `| ${scenario.title} | ${spread(kubeadm)} | ${spread(kadm)} | ${ratio.toFixed(2)} |`
  })
  const where = results.filter(({ figures }) => figures.phases !== undefined).map(phaseTable)
  return `# Benchmarks

Written by \`npm run bench\`: kadm and real kubeadm v1.37.2 in turn on the same nodes of the lab, ${runs} runs each, on a
machine with ${availableParallelism()} cores. Seconds: median (minimum to maximum). Ratio: kadm's median to kubeadm's.

| | kubeadm | kadm | ratio |
|---|---|---|---|
${rows.join('\n')}

## Where kadm's time goes

Phases of one row run side by side, so their times overlap.

${where.join('\n\n')}
`
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
