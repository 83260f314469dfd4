import type { Command, CommanderError } from 'commander'
import { KadmError } from '../errors/kadm-error.ts'

/** Commands and flags of kubeadm that kadm does not have, by command. */
const notBuilt: Readonly<Record<string, readonly string[]>> = {
  kadm: ['alpha'],
}

/** Converts an error of the command line parser. Leaves out the values of flags. */
export function usageError({ code, message }: CommanderError, command: Command): KadmError {
  const [text = '', suggestion = ''] = message.replace(/^error: /, '').split('\n')
  const unknown = code === 'commander.unknownCommand' ? /'(.*)'/.exec(text)?.[1] : undefined
  if (unknown !== undefined && notBuilt[pathOf(command)]?.includes(unknown)) {
    const name = `${pathOf(command)} ${unknown}`.replace(/^kadm /, '')
    const hint = `use \`kubeadm ${name}\` on the host: it works with clusters that kadm created`
    return new KadmError('NOT_BUILT', `this version of kadm does not have the command ${name}`, { hint })
  }
  const meant = /Did you mean (.*)\?\)/.exec(suggestion)?.[1]
  const help = `\`${pathOf(command)} --help\`lists the options`
  const hint = meant === undefined ? help : `did you mean ${meant}? ${help}`
  return new KadmError('USAGE', text.replace(/^(unknown option '[^=]*)=.*'$/, "$1'"), { hint })
}

/** `kadm init phase` */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
