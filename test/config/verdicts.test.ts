import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { jsonText } from '../../src/cluster/json.ts'
import { migrateFile } from '../../src/config/migrate-file.ts'
import { validateFile } from '../../src/config/validate-file.ts'
import { isKadmError } from '../../src/errors/kadm-error.ts'
import { isTextFault, readYaml } from '../../src/yaml/read.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeFacts } from '../fixtures/cluster.ts'
import { type Question, questions } from '../fixtures/verdicts/questions.ts'

interface Verdict extends Question {
  readonly output?: string
  readonly refusal?: string
}

/** The result of kubeadm v1.37.2 for the same texts: test/fixtures/verdicts/record.ts. */
const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/verdicts/v1.37.2.json', import.meta.url), 'utf8'),
) as readonly Verdict[]

const refused = 'refused'

function of(command: Question['command']): readonly (readonly [string, Verdict])[] {
  return recorded
    .filter(verdict => verdict.command === command)
    .map(verdict => [verdict.text.replace(/^apiVersion: kubeadm\S+\n/, '').slice(0, 150), verdict])
}

function judged(judge: () => string): string {
  try {
    return judge()
  } catch (error) {
    if (isKadmError(error, 'CONFIG_INVALID')) return refused
    throw error
  }
}

describe('the recorded verdicts', () => {
  it('the recorded verdicts cover every text of the list', () => {
    expect(recorded.map(({ command, text }) => ({ command, text }))).toEqual(questions)
  })
})

describe('config validate', () => {
  it.each(of('validate'))('config validate accepts or rejects as kubeadm does: %j', (_, { text, output }) => {
    const mine = judged(() => {
      validateFile({ path: 'c.yaml', text }, new Date('2030-01-01T00:00:00Z'))
      return ''
    })
    expect(mine).toBe(output ?? refused)
  })
})

describe('config migrate', () => {
  it.each(of('migrate'))('config migrate writes the same documents as kubeadm: %j', (_, { text, output }) => {
    const startedAt = new Date('2030-01-01T00:00:00Z')
    const randomToken = () => 'abcdef.0123456789abcdef'
    const mine = judged(() =>
      migrateFile({ file: { path: 'c.yaml', text }, facts: makeFacts(), kubelet: undefined, startedAt, randomToken })
        .map(toYaml)
        .join('---\n'),
    )
    expect(mine).toBe(output ?? refused)
  })
})

describe('YAML', () => {
  it.each(of('yaml'))('kadm reads YAML as kubeadm does: %j', (_, { text, output }) => {
    const read = readYaml(text)
    const mine = isTextFault(read) || read.doubled.length > 0 ? refused : sorted(jsonText(read.value))
    expect(mine).toBe(output === undefined ? refused : sorted(output))
  })
})

/** JSON with sorted keys; numbers stay as written. */
function sorted(json: string): string {
  const quoted = json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, part => (part.startsWith('"') ? part : `"#${part}"`))
  const order = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(order)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, order(item)]),
    )
  }
  return JSON.stringify(order(JSON.parse(quoted)))
}
