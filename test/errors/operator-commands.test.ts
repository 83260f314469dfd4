import { describe, expect, it } from 'vitest'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { nameMachines, shellWord, withMachines } from '../../src/errors/operator-commands.ts'

const machine = 'ops@10.77.0.12:2222'
const controlPlane = 'root@10.77.0.11'

describe('a command of kadm in a hint', () => {
  it.each([
    ['run `kadm reset` on the host, then again', 'run `kadm reset --host ops@10.77.0.12:2222`, then again'],
    ['`kadm reset` on w1 takes it out', '`kadm reset --host ops@10.77.0.12:2222` on w1 takes it out'],
    ['`kadm init phase certs ca`', '`kadm init phase certs ca --host ops@10.77.0.12:2222`'],
    ['run `kadm node remove w1 --host …`', 'run `kadm node remove w1 --host root@10.77.0.11`'],
    [
      '`kadm token create` and `kadm reset`',
      `\`kadm token create --host ${controlPlane}\` and \`kadm reset --host ${machine}\``,
    ],
    [
      '`kadm init phase upload-certs --upload-certs`',
      `\`kadm init phase upload-certs --upload-certs --host ${controlPlane}\``,
    ],
    // Commands for another host in the text.
    ['`kadm reset --host …` for cp3', '`kadm reset --host …` for cp3'],
    // Commands without a host.
    ['`kadm certs certificate-key` or `kadm token generate`', '`kadm certs certificate-key` or `kadm token generate`'],
    ['`kadm init phase --help`', '`kadm init phase --help`'],
    ['`kubeadm certs renew apiserver`', '`kubeadm certs renew apiserver`'],
  ])('a command in a hint gets the host as the operator wrote it: %s', (text, shown) => {
    expect(nameMachines(text, { machine, controlPlane })).toBe(shown)
    expect(nameMachines(shown, { machine: 'other', controlPlane: 'other' })).toBe(shown)
  })

  it.each(['run `kadm reset` on the host', '`kadm node remove w1 --host …`', '`kadm token create`'])(
    'a command in a hint stays unchanged when the operator named no host: %s',
    text => expect(nameMachines(text, {})).toBe(text),
  )

  it('a command in a hint gets --host … when the control plane is unknown', () => {
    expect(nameMachines('`kadm token create`', { machine })).toBe('`kadm token create --host …`')
  })

  it('commands in hints and remedies of an error get the host', () => {
    const cause = new KadmError('NODE_EXISTS', 'x', { hint: 'run `kadm reset`' })
    const error = new KadmError('NODE_EXISTS', 'y', { cause, problems: [{ message: 'z', remedy: '`kadm reset`' }] })
    expect(withMachines(error, { machine: 'w1' })).toMatchObject({
      hint: 'run `kadm reset --host w1`',
      problems: [{ remedy: '`kadm reset --host w1`' }],
    })
  })
})

it.each([
  ['root@10.77.0.11:22', 'root@10.77.0.11:22'],
  ['root@[fd00::1]:22', "'root@[fd00::1]:22'"],
  ['fe80::1%eth0.100', 'fe80::1%eth0.100'],
  ['dom\\user@cp1', "'dom\\user@cp1'"],
])('shellWord quotes %s when the shell needs it', (spec, word) => expect(shellWord(spec)).toBe(word))
