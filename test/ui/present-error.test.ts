import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { presentError } from '../../src/ui/present-error.ts'

const quiet = { verbose: false, color: false }

/** An error as the pipeline throws it: the original code, and the original as its cause. */
function wrapped(original: KadmError, phase: string, node: string): KadmError {
  return new KadmError(original.code, original.message, { cause: original, where: { phase, node } })
}

const commandFailed = wrapped(
  new KadmError('COMMAND_FAILED', 'systemctl restart kubelet   exited 5 after 1.2s', {
    output: 'Failed to restart kubelet.service: Unit kubelet.service not found.\n',
    hint: 'install the kubelet package on cp-2, then run the same command again',
    cause: new Error('spawned process ended'),
  }),
  'kubelet-start',
  'cp-2',
)
const bug = new TypeError('x is not a function')
bug.stack = 'TypeError: x is not a function\n    at run (src/a.ts:1:2)\n    at main (src/b.ts:3:4)'

describe('presentError', () => {
  it('presentError prints the failed step, the output and the hint', () => {
    expect(presentError(commandFailed, quiet)).toMatchInlineSnapshot(`
      "✗ kubelet-start failed on cp-2                                    COMMAND_FAILED
        systemctl restart kubelet   exited 5 after 1.2s
          Failed to restart kubelet.service: Unit kubelet.service not found.
        hint   install the kubelet package on cp-2, then run the same command again
      "
    `)
  })

  it('presentError lists errors of a configuration with file, line and field', () => {
    const error = new KadmError('CONFIG_INVALID', 'kadm.yaml has 2 faults', {
      problems: [
        {
          file: 'kadm.yaml',
          line: 12,
          field: 'networking.podSubnet',
          message: 'is not a CIDR',
          remedy: 'write 10.244.0.0/16',
        },
        { file: 'kadm.yaml', line: 3, field: 'kubernetesVersion', message: 'is not a version' },
      ],
    })
    expect(presentError(error, quiet)).toMatchInlineSnapshot(`
      "✗ kadm.yaml has 2 faults                                          CONFIG_INVALID
          kadm.yaml:12  networking.podSubnet  is not a CIDR
                                              → write 10.244.0.0/16
          kadm.yaml:3   kubernetesVersion     is not a version
      "
    `)
  })

  it('presentError lists invalid flags without file and line', () => {
    const error = new KadmError('USAGE', 'flags do not fit', {
      problems: [{ field: '--token', message: 'is malformed' }],
    })
    expect(presentError(error, quiet)).toMatchInlineSnapshot(`
      "✗ flags do not fit                                                         USAGE
          --token  is malformed
      "
    `)
  })

  it('presentError lists failed checks with their kubeadm names and nodes', () => {
    const error = new KadmError('PREFLIGHT_FAILED', '2 checks failed', {
      hint: 'fix them, or leave checks out with --ignore-preflight-errors=Swap,Port-6443',
      problems: [
        { field: 'Port-6443', node: 'cp-1', message: 'port 6443 is in use', remedy: 'stop what listens there' },
        { field: 'Swap', node: 'w1', level: 'warning', message: 'swap is on;\nit costs speed' },
      ],
    })
    expect(presentError(error, quiet)).toMatchInlineSnapshot(`
      "✗ 2 checks failed                                               PREFLIGHT_FAILED
          [ERROR Port-6443]  cp-1  port 6443 is in use
                                   → stop what listens there
          [WARNING Swap]     w1    swap is on;
                                   it costs speed
        hint   fix them, or leave checks out with --ignore-preflight-errors=Swap,Port-6443
      "
    `)
  })

  it('presentError prints a block for each failed node', () => {
    const refused = wrapped(new KadmError('HOST_UNREACHABLE', '10.0.0.9:22 refuses the connection'), 'preflight', 'w1')
    expect(presentError(new AggregateError([commandFailed, refused]), quiet)).toMatchInlineSnapshot(`
      "✗ kubelet-start failed on cp-2                                    COMMAND_FAILED
        systemctl restart kubelet   exited 5 after 1.2s
          Failed to restart kubelet.service: Unit kubelet.service not found.
        hint   install the kubelet package on cp-2, then run the same command again

      ✗ preflight failed on w1                                        HOST_UNREACHABLE
        10.0.0.9:22 refuses the connection
      "
    `)
  })

  it('presentError prints only the last lines of long output', () => {
    const output = Array.from({ length: 25 }, (_, i) => `line ${i + 1}`).join('\n')
    const text = presentError(new KadmError('COMPONENT_FAILED', 'etcd does not come up', { output }), quiet)
    expect(text.split('\n').slice(0, 4)).toMatchInlineSnapshot(`
      [
        "✗ etcd does not come up                                         COMPONENT_FAILED",
        "    … 5 earlier lines, shown with --v=5",
        "    line 6",
        "    line 7",
      ]
    `)
    expect(text).toContain('line 25')
  })

  it('presentError prints causes, the stack trace and the whole output when verbose', () => {
    const error = new KadmError('API_UNREACHABLE', 'no answer', { output: 'x\n'.repeat(30), cause: bug })
    const text = presentError(error, { ...quiet, verbose: true })
    expect(text.match(/^ {4}x$/gm)).toHaveLength(30)
    expect(text.split('\n').slice(31)).toMatchInlineSnapshot(`
      [
        "  cause  x is not a function",
        "  stack  at run (src/a.ts:1:2)",
        "         at main (src/b.ts:3:4)",
        "",
      ]
    `)
  })

  it('presentError reports any other error as a bug of kadm and explains how to report it', () => {
    const about = { version: '0.1.0' }
    expect(presentError(bug, { ...quiet, ...about })).toMatchInlineSnapshot(`
      "✗ TypeError: x is not a function                                        INTERNAL
        hint   this is a bug in kadm; please report it
               with the version, 0.1.0, and what the same command prints with --v=5
      "
    `)
    expect(presentError('thrown text', quiet)).toMatchInlineSnapshot(`
      "✗ thrown text                                                           INTERNAL
        hint   this is a bug in kadm; please report it
               with its version and what the same command prints with --v=5
      "
    `)
  })

  it('presentError names the step in which a bug of kadm occurred', () => {
    const error = new KadmError('INTERNAL', 'TypeError: x is not a function', {
      cause: bug,
      where: { phase: 'certs/ca', node: 'cp-1' },
    })
    expect(presentError(error, { ...quiet, verbose: true })).toMatchInlineSnapshot(`
      "✗ certs/ca failed on cp-1                                               INTERNAL
        TypeError: x is not a function
        cause  x is not a function
        stack  at run (src/a.ts:1:2)
               at main (src/b.ts:3:4)
        hint   this is a bug in kadm; please report it
               with its version and what the same command prints with --v=5
      "
    `)
  })

  it('presentError prints where a run was interrupted', () => {
    const error = wrapped(new KadmError('INTERRUPTED', 'stopped by SIGINT'), 'wait-control-plane', 'cp-1')
    expect(presentError(error, quiet)).toMatchInlineSnapshot(`
      "✗ wait-control-plane was interrupted on cp-1                         INTERRUPTED
        stopped by SIGINT
      "
    `)
  })

  it('presentError colors the mark without changing the text', () => {
    const text = presentError(commandFailed, { ...quiet, color: true })
    expect(text).toContain('\u001b[31m✗')
    expect(stripVTControlCharacters(text)).toBe(presentError(commandFailed, quiet))
  })

  it('presentError does not print control characters from a host', () => {
    const error = new KadmError('COMMAND_FAILED', 'a\u001b[2Jb', { output: '\u001b[31mred\u001b[0m' })
    expect(presentError(error, quiet)).not.toContain('\u001b')
  })
})
