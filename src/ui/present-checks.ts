import { palette } from './palette.ts'
import { alignRows, indent } from './text.ts'

type Level = 'ok' | 'warning' | 'error' | 'ignored' | 'skipped'

export interface CheckList {
  readonly nodes: readonly { readonly name: string }[]
  readonly errors: number
  readonly warnings: number
  readonly checks: readonly {
    readonly check: string
    readonly node: string
    readonly level: Level
    readonly message?: string
    readonly remedy?: string
  }[]
  readonly seconds: number
}

const gravity: readonly Level[] = ['ok', 'skipped', 'ignored', 'warning', 'error']

/** Formats the results of checks: a table of checks and nodes, then every error with its remedy. Pure. */
export function presentChecks(checked: CheckList, color: boolean): string {
  const { nodes, errors, warnings, seconds } = checked
  const hosts = count(nodes.length, 'host')
  const total = `${count(errors, 'error')}, ${count(warnings, 'warning')} on ${hosts} (${seconds} s)`
  return `${[tableOf(checked, color), ...faultsOf(checked, color), ...skippedOf(checked), total].join('\n\n')}\n`
}

function tableOf({ nodes, checks }: CheckList, color: boolean): string {
  const shade = shades(color)
  const cell = (check: string, node: string) => {
    const levels = checks.filter(one => one.check === check && one.node === node).map(one => gravity.indexOf(one.level))
    return levels.length === 0 ? '-' : (gravity[Math.max(...levels)] ?? '-')
  }
  const rows = [...new Set(checks.map(({ check }) => check))].map(name => [
    name,
    ...nodes.map(node => cell(name, node.name)),
  ])
  const lines = alignRows([['CHECK', ...nodes.map(({ name }) => name)], ...rows], 80)
  // Colors are added last, because they would count as width.
  return lines
    .map(line => line.replace(/(?<= {2})(ok|skipped|ignored|warning|error)\b/g, level => shade[level as Level](level)))
    .join('\n')
}

/** Formats one block per error, for all of its hosts. */
function faultsOf({ nodes, checks }: CheckList, color: boolean): readonly string[] {
  const shade = shades(color)
  const blocks = new Map<string, { readonly head: string; readonly body: string; readonly on: string[] }>()
  for (const { check, node, level, message = '', remedy } of checks) {
    if (level === 'ok' || level === 'skipped') continue
    const head = shade[level](`[${level.toUpperCase()} ${check}]`)
    const body = [message, ...(remedy === undefined ? [] : [`→ ${remedy}`])].join('\n')
    const block = blocks.get(`${head}${body}`) ?? { head, body, on: [] }
    blocks.set(`${head}${body}`, block)
    block.on.push(node)
  }
  return [...blocks.values()].map(({ head, body, on }) => {
    return `${head}${nodes.length > 1 ? ` ${on.join(', ')}` : ''}\n${indent(body, 2)}`
  })
}

/** Formats why checks were skipped, one line per reason. */
function skippedOf({ checks }: CheckList): readonly string[] {
  const left = checks.filter(({ level }) => level === 'skipped')
  const reasons = [...new Set(left.map(({ message = '' }) => message))]
  const lines = reasons.map(reason => {
    const names = left.filter(({ message }) => message === reason).map(({ check }) => check)
    return `skipped, because ${reason}: ${[...new Set(names)].join(', ')}`
  })
  return lines.length === 0 ? [] : [lines.join('\n')]
}

function shades(color: boolean): Readonly<Record<Level, (text: string) => string>> {
  const paint = palette(color)
  return { ok: paint.green, skipped: paint.dim, ignored: paint.yellow, warning: paint.yellow, error: paint.red }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
