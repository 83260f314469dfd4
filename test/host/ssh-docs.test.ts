import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/ssh.md', root), 'utf8')
const code = readdirSync(new URL('src/host/', root), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => readFileSync(new URL(`src/host/${file}`, root), 'utf8'))
  .join('\n')
const rows = page
  .slice(page.indexOf('| option | |'))
  .split('\n')
  .map(line => line.split(' | '))

/** Options of the rows whose second column begins with this word. */
function options(word: string): readonly string[] {
  const found = rows.filter(([, what = '']) => what.startsWith(word))
  return found.flatMap(([names = '']) => names.replace(/\(.*?\)/g, '').match(/\b[A-Z]\w+/g) ?? [])
}

describe('the table of SSH options', () => {
  it('the table of SSH options lists as honoured or refused only options that the code reads', () => {
    const named = [...options('honoured'), ...options('refused')]
    expect(named.length).toBeGreaterThan(35)
    const unread = named.filter(name => !new RegExp(`'${name}'|\\b${name}:`, 'i').test(code))
    expect(unread).toEqual([])
  })

  it('the table of SSH options lists as ignored only options that the code does not read', () => {
    const read = options('ignored').filter(name => new RegExp(`'${name.toLowerCase()}'`).test(code))
    expect(read).toEqual(['CertificateFile'])
  })
})
