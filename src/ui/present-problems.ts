import type { Problem } from '../errors/kadm-error.ts'
import type { ErrorReport } from './error-report.ts'
import { alignRows } from './text.ts'

/**
 * Formats the problems of an error as aligned lines: failed checks as kubeadm names them, configuration errors with
 * their line.
 */
export function problemLines({ kind, problems = [] }: Pick<ErrorReport, 'kind' | 'problems'>): string[] {
  const cells = problems.map(problem => (kind === 'preflight' ? checkCells(problem, problems) : faultCells(problem)))
  const used = usedColumns(cells)
  const rows = problems.flatMap((problem, i) => {
    const [first = '', ...rest] = problem.message.split('\n')
    const head = used.map(column => cells[i]?.[column] ?? '')
    const blank = used.map(() => '')
    const remedy =
      problem.remedy === undefined ? [] : problem.remedy.split('\n').map((line, n) => `${n === 0 ? '→' : ' '} ${line}`)
    return [[...head, first], ...[...rest, ...remedy].map(line => [...blank, line])]
  })
  return alignRows(rows)
}

function checkCells({ field, level, node }: Problem, all: readonly Problem[]): string[] {
  const mark = `[${level === 'warning' ? 'WARNING' : 'ERROR'}${field === undefined ? '' : ` ${field}`}]`
  const several = new Set(all.map(problem => problem.node)).size > 1
  return [mark, several ? (node ?? '') : '']
}

function faultCells({ file, line, field }: Problem): string[] {
  const place = [file, line].filter(part => part !== undefined).join(':')
  return [file === undefined && line !== undefined ? `line ${line}` : place, field ?? '']
}

/** Columns that are empty in every row are left out. */
function usedColumns(cells: readonly (readonly string[])[]): number[] {
  return [0, 1].filter(column => cells.some(row => (row[column] ?? '') !== ''))
}
