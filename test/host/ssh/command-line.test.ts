import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { commandLine } from '../../../src/host/ssh/command-line.ts'

const scripts = [
  ['quotes', `printf '%s' "it's"`, "it's"],
  ['exclamation marks', `printf '%s' 'a!b !! !1'`, 'a!b !! !1'],
  ['backslashes', `printf '%s' 'a\\b\\\\' '\\'`, 'a\\b\\\\\\'],
  ['lines', `x=1\nif [ $x = 1 ]; then\n  printf '%s' "$x"\nfi`, '1'],
  ['dollars and backticks', `x=y; printf '%s' "$x" '$x' "\`echo z\`" "$(echo w)"`, 'y$xzw'],
  ['percent signs and tabs', "printf '%s\\t%s' '100%d' '\t'", '100%d\t\t'],
  ['letters that are not ASCII', "printf '%s' 'ü€'", 'ü€'],
  ['a pattern', "case abc in a*) printf '%s' '[a-c]?*{x,y}~' ;; esac", '[a-c]?*{x,y}~'],
  ['words of its own', "set -- 'a b' c; printf '%s|' \"$@\"", 'a b|c|'],
] as const

describe('a command line for a login shell', () => {
  it.each(scripts)('a command line for a login shell runs a script with %s unchanged', (_, script, printed) => {
    for (const shell of ['/bin/sh', '/bin/bash']) {
      const { stdout } = spawnSync(shell, ['-c', commandLine(script)])
      expect(stdout.toString()).toBe(`\u0001kadm\u0001${printed}`)
    }
  })

  it('a command line for a login shell passes stdin and returns the exit code of the script', () => {
    const { stdout, status } = spawnSync('/bin/sh', ['-c', commandLine('cat; exit 45')], { input: 'of stdin' })
    expect([stdout.toString(), status]).toEqual(['\u0001kadm\u0001of stdin', 45])
  })

  // fish interprets \' and \\ between single quotes, csh interprets ! there and ends a word at the end of a line.
  it.each(scripts)(
    'a command line for a login shell has no text that fish or csh parse differently from sh: %s',
    (_, script) => {
      const line = commandLine(script, ['sudo', '-n', '--', 'env', 'KADM_CALL=0123456789abcdef'])
      const [, before, quoted] = /^(exec sudo -n -- env KADM_CALL=\w+ \/bin\/sh -c) '([^']*)'$/.exec(line) ?? []
      expect(before).toBeDefined()
      expect(quoted).not.toMatch(/[!\n\r\t]|\\[\\']/)
      expect(quoted).toMatch(/^[\x20-\x7e]+$/)
    },
  )

  it('a command line for a login shell rejects NUL, which an argument cannot contain', () => {
    expect(() => commandLine('a\0b')).toThrow('NUL')
  })
})
