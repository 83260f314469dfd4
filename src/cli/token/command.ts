import type { Command } from 'commander'
import { tokenFlags } from '../../config/flags/token.ts'
import { type Act, type AddCommand, describe } from '../command.ts'
import { OfferingOption } from '../offers.ts'
import {
  addCommonOptions,
  addFlags,
  addPrinterOptions,
  type CommonOptions,
  passOptions,
  readFlags,
} from '../options.ts'
import type { TokenCreateOptions } from './create.ts'
import type { TokenOptions } from './token.ts'

const examples = `\
  kadm token create --print-join-command                the command that joins a worker
  kadm token list --host root@cp1                       the tokens of the cluster of cp1
  kadm token delete abcdef`

const createExamples = `\
  kadm token create --ttl 2h --description 'for w3'     a random token
  kadm token create --host root@cp1 --print-join-command
  kadm token create --token-file ./token                a token of your own, without showing it in the process list
  kadm token create --print-join-command --certificate-key-file ./key      to join a control plane`

export const addToken: AddCommand = (program, act) => {
  const described = describe(program.command('token'), 'manage bootstrap tokens', examples)
  const token = addApiOptions(described)
  token.hook('preSubcommand', (_, command) => passOptions(token, command))
  addCreate(token, act)
  const listing = describe(token.command('list'), 'list the bootstrap tokens of a cluster', '  kadm token list -o json')
  addPrinterOptions(addApiOptions(listing)).action(act(async () => (await import('./token.ts')).runTokenList))
  const deleting = describe(
    token.command('delete'),
    'delete bootstrap tokens of a cluster',
    '  kadm token delete abcdef',
  )
  addApiOptions(deleting)
    .argument('[token...]', 'token IDs or full tokens; - reads them from stdin')
    .action(
      act(async () => {
        const { runTokenDelete } = await import('./token.ts')
        return (words: readonly string[], options: TokenOptions) => runTokenDelete(words, options)
      }),
    )
  const generating = describe(
    token.command('generate'),
    'print a random token without contacting a cluster',
    '  kadm token generate',
  )
  addApiOptions(generating).action(
    act(async () => {
      const { runTokenGenerate } = await import('./token.ts')
      return (options: CommonOptions) => runTokenGenerate(options)
    }),
  )
}

function addApiOptions(command: Command): Command {
  return addCommonOptions(command)
    .addOption(
      new OfferingOption(
        '--kubeconfig <path>',
        'credentials; default: the first that exists of $KUBECONFIG, ~/.kube/config and /etc/kubernetes/admin.conf; with --host: admin.conf of that host',
        'host-file',
      ),
    )
    .option('--dry-run', 'print the objects without writing them')
}

function addCreate(token: Command, act: Act): void {
  const create = addApiOptions(describe(token.command('create'), 'create a bootstrap token', createExamples))
  addFlags(create, tokenFlags)
    .addOption(new OfferingOption('--config <path>', 'configuration file with the bootstrapTokens to create', 'file'))
    .option('--print-join-command', 'print the kubeadm join command for this token')
    .option('--certificate-key <hex>', 'with --print-join-command: print the command for control plane nodes')
    .addOption(
      new OfferingOption('--certificate-key-file <path>', 'file with the certificate key; - reads stdin', 'file'),
    )
    .addOption(new OfferingOption('--token-file <path>', 'file with the token; - reads stdin', 'file'))
    .argument(
      '[token]',
      'token to create, such as abcdef.0123456789abcdef; - reads it from stdin; default: a random token',
    )
    .action(
      act(async () => {
        const { runTokenCreate } = await import('./create.ts')
        return (word: string | undefined, options: TokenCreateOptions) =>
          runTokenCreate(word, options, readFlags(create, tokenFlags))
      }),
    )
}
