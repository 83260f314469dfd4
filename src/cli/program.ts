import { Command, CommanderError } from 'commander'
import { flagsOf, phaseFlags } from '../config/flags.ts'
import { addCommonOptions, addFlags, type CommonOptions, readFlags } from './options.ts'

const initHelp = `
Examples:
  kadm init --pod-network-cidr 10.244.0.0/16          a control plane on this machine
  kadm init --host root@cp1 --config kadm.yaml         the same on cp1, over SSH
  kadm init phase certs all --cert-dir ./pki           only the certificates`

const joinHelp = `
Examples:
  kadm join --host w1 --host w2 --from cp1              two workers, everything else taken from cp1 over SSH
  kadm join 10.0.0.1:6443 --token-file t --discovery-token-ca-cert-hash sha256:…
  kadm join --config join.yaml`

/** The command line. Each action loads its own code, so that \`kadm version\` stays quick. */
export function makeProgram(): { run(argv: readonly string[]): Promise<number> } {
  let exitCode = 0
  const program = new Command('kadm')
    .description('Provisions Kubernetes clusters the way kubeadm does: on this machine, or on many over SSH.')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'kadm: ')) })
  const act =
    <A extends unknown[]>(load: () => Promise<(...args: A) => Promise<number>>) =>
    async (...args: A) => {
      exitCode = await (await load())(...args)
    }

  program
    .command('version')
    .description('print the versions of kadm and of the Kubernetes releases that it knows')
    .option('-o, --output <format>', 'text, short, json or yaml', 'text')
    .action(act(async () => (await import('./version-command.ts')).runVersion))

  addInit(program, act)
  addJoin(program, act)
  addKubeconfig(program, act)
  return {
    async run(argv) {
      try {
        await program.parseAsync(argv, { from: 'user' })
        return exitCode
      } catch (error) {
        if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
        const { reportError } = await import('./report-error.ts')
        return reportError(error, argv)
      }
    },
  }
}

type Act = <A extends unknown[]>(load: () => Promise<(...args: A) => Promise<number>>) => (...args: A) => Promise<void>

function addInit(program: Command, act: Act): void {
  const flags = flagsOf('init')
  const init = addFlags(addCommonOptions(program.command('init')), flags)
    .description('make a control plane')
    .addHelpText('after', initHelp)
    .action(
      act(async () => {
        const { runInit } = await import('./init.ts')
        return (options: CommonOptions) => runInit({ options, flags: readFlags(init, flags) })
      }),
    )
  const ofPhases = phaseFlags()
  const phase = addFlags(addCommonOptions(init.command('phase')), ofPhases)
    .argument('<name...>', 'phase, and its part or `all`: `certs all`, `certs apiserver`, `upload-config kubeadm`')
    .description('run one phase of init')
    .action(
      act(async () => {
        const { runInit } = await import('./init.ts')
        return (name: readonly string[], options: CommonOptions) =>
          runInit({ options, flags: readFlags(phase, ofPhases), phase: name })
      }),
    )
}

function addJoin(program: Command, act: Act): void {
  const flags = flagsOf('join')
  const join = addFlags(addCommonOptions(program.command('join')), flags)
    .description('make machines nodes of a cluster')
    .argument('[endpoint]', 'host:port of the API server, as a join command shows it')
    .option(
      '--from <[user@]address[:port]>',
      'a control plane of the cluster, reached over SSH, to take everything from',
    )
    .addHelpText('after', joinHelp)
    .action(
      act(async () => {
        const { runJoin } = await import('./join.ts')
        return (endpoint: string | undefined, options: CommonOptions & { from?: string }) =>
          runJoin({ options, flags: readFlags(join, flags), endpoint })
      }),
    )
}

function addKubeconfig(program: Command, act: Act): void {
  const kubeconfig = program.command('kubeconfig').description('kubeconfig files of a cluster')
  addCommonOptions(kubeconfig.command('fetch'))
    .description('bring admin.conf of a control plane here')
    .option('--to <path>', 'where to write it, or - for stdout', 'admin.conf')
    .option('--force', 'replace a file that differs')
    .addHelpText('after', '\nExample:\n  kadm kubeconfig fetch --host cp1 --to ~/.kube/config')
    .action(
      act(async () => {
        const { runKubeconfigFetch } = await import('./kubeconfig-fetch.ts')
        return (options: CommonOptions & { to: string; force?: boolean }) => runKubeconfigFetch(options)
      }),
    )
}
