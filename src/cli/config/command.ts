import { type Command, Option } from 'commander'
import { imageFlags } from '../../config/flags/images.ts'
import { type Act, type AddCommand, describe } from '../command.ts'
import { OfferingOption } from '../offers.ts'
import {
  addCommonOptions,
  addFlags,
  addOutputOptions,
  addPrinterOptions,
  type CommonOptions,
  collectTexts,
  outputFileOption,
  passOptions,
  readFlags,
  unusedOption,
} from '../options.ts'
import { withRunner } from '../run/with-runner.ts'
import type { DefaultsOf } from './config.ts'

const examples = `\
  kadm config print init-defaults >kadm.yaml            a configuration file to start from
  kadm config validate --config kadm.yaml
  kadm config images pull --host cp1 --host cp2`

const printExamples = `\
  kadm config print init-defaults --component-configs KubeletConfiguration
  kadm config print join-defaults -o json`

const imagesExamples = `\
  kadm config images list --kubernetes-version v1.36.3
  kadm config images pull --config kadm.yaml --host root@cp1`

export const addConfig: AddCommand = (program, act) => {
  const config = describe(program.command('config'), 'print, check and convert configuration files', examples)
  addPrint(config, act)
  addFiles(config, act)
  addImages(config, act)
  takeKubeconfig(config)
}

/** kubeadm's group has this flag, although none of its commands connects to a cluster. */
function takeKubeconfig(command: Command): void {
  command.addOption(unusedOption('--kubeconfig <unused>'))
  for (const one of command.commands) takeKubeconfig(one)
  if (command.commands.length > 0) command.hook('preSubcommand', (_, below) => passOptions(command, below))
}

function addPrint(config: Command, act: Act): void {
  const print = describe(config.command('print'), 'print default configurations', printExamples)
  for (const kind of ['init', 'join', 'reset', 'upgrade'] as const) addDefaults(print, act, kind)
}

function addDefaults(print: Command, act: Act, of: DefaultsOf): void {
  const purpose = `print the default configuration of ${of}`
  const command = describe(print.command(`${of}-defaults`), purpose, `  kadm config print ${of}-defaults`)
  if (of === 'init') {
    const kinds = ['KubeProxyConfiguration', 'KubeletConfiguration']
    const text = `component configurations to add: ${kinds.join(', ')}`
    command.addOption(new OfferingOption('--component-configs <kinds>', text, kinds, true).argParser(collectTexts))
  }
  addOutputOptions(command).action(
    act(async () => {
      const { runConfigPrint } = await import('./config.ts')
      return (options: CommonOptions) => runConfigPrint(of, options)
    }),
  )
}

function addFiles(config: Command, act: Act): void {
  const validate = describe(
    config.command('validate'),
    'validate a configuration file and report all errors',
    '  kadm config validate --config kadm.yaml',
  )
  addOutputOptions(validate)
    .addOption(new OfferingOption('--config <path>', 'file to validate; - reads stdin', 'file'))
    .option('--allow-deprecated-api', 'accepted for compatibility; kadm reads no deprecated version')
    .addOption(experimental())
    .action(act(async () => (await import('./config.ts')).runConfigValidate))
  const migrate = describe(
    config.command('migrate'),
    'convert a configuration to kubeadm.k8s.io/v1beta4 with all defaults',
    '  kadm config migrate --old-config old.yaml --new-config new.yaml',
  )
  addCommonOptions(migrate)
    .addOption(new OfferingOption('--old-config <path>', 'file to read; - reads stdin', 'file'))
    .addOption(outputFileOption('--new-config'))
    .addOption(experimental())
    .action(act(async () => (await import('./config.ts')).runConfigMigrate))
}

function experimental(): Option {
  return new Option('--allow-experimental-api', 'accepted for compatibility; kadm reads no experimental version')
}

function addImages(config: Command, act: Act): void {
  const images = describe(config.command('images'), 'manage control plane images', imagesExamples)
  const listing = imageFlags('list')
  const list = describe(images.command('list'), 'list manage control plane images', '  kadm config images list -o json')
  addPrinterOptions(addFlags(addOutputOptions(list), listing)).action(
    act(async () => {
      const { runImagesList } = await import('./images.ts')
      return (options: CommonOptions) => runImagesList(options, readFlags(list, listing))
    }),
  )
  const pulling = imageFlags('pull')
  const pull = describe(
    images.command('pull'),
    'pull control plane images',
    '  kadm config images pull --host cp1 --host cp2',
  )
  addFlags(addCommonOptions(pull), pulling).action(
    act(async () => {
      const { pullIntent, runIntent } = await withRunner(import('./images.ts'))
      return (options: CommonOptions) => runIntent(pullIntent, { options, flags: readFlags(pull, pulling) }, options)
    }),
  )
}
