import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { leafOf } from '../../../src/config/typed/go-leaves.ts'
import { goStructs } from '../../../src/config/typed/go-structs.ts'
import { fieldsOf, type GoType } from '../../../src/config/typed/go-types.ts'
import { type GoTypes, mergeGoTypes, tableOf } from '../../fixtures/go-types/merge.ts'

const recordings = new URL('../../fixtures/go-types/', import.meta.url)

function releases(): readonly (readonly [string, GoTypes])[] {
  return readdirSync(recordings)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => [name.slice(0, -5), JSON.parse(readFileSync(new URL(name, recordings), 'utf8')) as GoTypes])
}

function leavesOf(type: GoType): readonly string[] {
  if (type.kind === 'leaf') return [type.name]
  return type.kind === 'struct' ? [] : leavesOf(type.of)
}

describe('the table of Go types', () => {
  it('the table of Go types matches the recorded releases', () => {
    expect(readFileSync(new URL('../../../src/config/typed/go-structs.ts', import.meta.url), 'utf8')).toBe(
      tableOf(mergeGoTypes(releases())),
    )
  })

  it('the table of Go types covers both Kubernetes minor versions that kadm deploys', () => {
    expect(releases().map(([version]) => version.slice(0, 5))).toEqual(['v1.36', 'v1.37'])
  })

  it('the table of Go types has a rule for the type of every value', () => {
    const types = Object.keys(goStructs).flatMap(name => [...(fieldsOf(name)?.values() ?? [])].map(({ type }) => type))
    expect(() => types.flatMap(leavesOf).map(leafOf)).not.toThrow()
  })
})
