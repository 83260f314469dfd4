import { expect, it } from 'vitest'
import { functionsOf } from './functions.ts'
import { cyclesOf, importsOf } from './imports.ts'
import { sourceOf } from './sources.ts'

it.each([
  ["import { a } from '../b/c.ts'", 'b/c.ts', false],
  ["import type { A } from '../b/c.ts'", 'b/c.ts', true],
  ["import { type A, type B } from './c.ts'", 'a/c.ts', true],
  ["import { type A, b } from './c.ts'", 'a/c.ts', false],
  ["import {\n  a,\n  b,\n} from './c.ts'", 'a/c.ts', false],
  ["import a, * as b from 'pkg'", 'pkg', false],
  ["import 'pkg'", 'pkg', false],
  ["export { a } from './c.ts'", 'a/c.ts', false],
  ["export * from './c.ts'", 'a/c.ts', false],
  ["const a = await import('./c.ts')", 'a/c.ts', false],
])('importsOf finds the import in %j', (text, to, typeOnly) => {
  expect(importsOf('a/x.ts', text)).toMatchObject([{ from: 'a/x.ts', to, typeOnly }])
})

it('sourceOf does not read comments and strings as code', () => {
  const text = "// import './a.ts'\n/* process.exit */ const b = 'process.env' + `console.log $" + '{process.pid}`'
  const source = sourceOf('a/x.ts', text)
  expect(source.imports).toEqual([])
  expect(source.code.trim()).toBe("const b = '' + `process.pid`")
})

it('cyclesOf finds cycles that exist at run time', () => {
  const edge = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly, inSrc: true })
  expect(cyclesOf([edge('a', 'b'), edge('b', 'c'), edge('c', 'a')])).toEqual(['a > b > c > a'])
  expect(cyclesOf([edge('a', 'b'), edge('b', 'a', true)])).toEqual(['a > b > a'])
})

it('functionsOf counts the lines of a function without those of inner functions', () => {
  const text = [
    'export function outer(',
    '  a: string,',
    '): void {',
    '  const inner = (b: string) => {',
    '    return b',
    '  }',
    '  return {',
    '    async run({ c }) {',
    '      c()',
    '    },',
    '  }',
    '}',
    'function empty() {}',
    'export const made = async (d: number): Promise<void> => {',
    '  if (d) {',
    '  }',
    '}',
  ].join('\n')
  expect(functionsOf(text)).toEqual([
    { name: 'outer', line: 1, ownLines: 6 },
    { name: 'inner', line: 4, ownLines: 3 },
    { name: 'run', line: 8, ownLines: 3 },
    { name: 'made', line: 14, ownLines: 4 },
  ])
})
