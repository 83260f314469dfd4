import { Command, CommanderError } from 'commander'
import { flagsOf, phaseFlags } from '../config/flags.ts'
import { addCommonOptions, addFlags, type CommonOptions, handOn, readFlags } from './options.ts'
import { usageError } from './usage-error.ts'
import { kadmVersion } from './version.ts'

const examples = {
  kadm: `
  kadm init --host root@cp1                             a control plane on cp1, over SSH
  kadm join --host root@w1 --from root@cp1              a worker
  kadm kubeconfig fetch --host root@cp1                 then: kubectl --kubeconfig admin.conf get nodes`,
  version: `
  kadm version -o json`,
  init: `
  kadm init --pod-network-cidr 10.244.0.0/16            a control plane on this machine
  kadm init --host root@cp1 --config kadm.yaml          the same on cp1, over SSH
  kadm init phase certs all --cert-dir ./pki            only the certificates`,
  phase: `
  kadm init phase certs all                             all certificates
  kadm init phase certs apiserver                       one of them
  kadm init phase upload-config kubeadm --config kadm.yaml`,
  join: `
  kadm join --host w1 --host w2 --from cp1              two workers, everything else taken from cp1 over SSH
  kadm join 10.0.0.1:6443 --token-file t --discovery-token-ca-cert-hash sha256:…
  kadm join --config join.yaml`,
  kubeconfig: `
  kadm kubeconfig fetch --host cp1 --to -`,
  fetch: `
  kadm kubeconfig fetch --host cp1 --to ~/.kube/config`,
} as const

/** The command line. Each action loads its own code, so that \`kadm version\` stays quick. */
export function makeProgram(): { run(argv: readonly string[]): Promise<number> } {
  let exitCode = 0
  const program = describe(
    new Command('kadm'),
    'kadm',
    'Provisions Kubernetes clusters the way kubeadm does: on this machine, or on many over SSH.',
  )
    .version(kadmVersion, '--version', 'print the version of kadm')
    .enablePositionalOptions()
    .exitOverride()
    // Errors are shown below, like all others; a command that is only a group shows its help as an answer.
    .configureOutput({ outputError: () => undefined, writeErr: text => process.stdout.write(text) })
  const reached = [program]
  const act: Act =
    load =>
    async (...args) => {
      exitCode = await (await load())(...args)
    }
  addVersion(program, act)
  const init = addInit(program, act)
  addJoin(program, act)
  const kubeconfig = addKubeconfig(program, act)
  for (const group of [program, init, kubeconfig])
    group.hook('preSubcommand', (_, command) => void reached.unshift(command))
  return {
    async run(argv) {
      if (argv.length === 0) program.outputHelp()
      try {
        if (argv.length > 0) await program.parseAsync(argv, { from: 'user' })
        return exitCode
      } catch (error) {
        const parsed = error instanceof CommanderError
        if (parsed && (error.exitCode === 0 || error.code === 'commander.help')) return 0
        const [command = program] = reached
        const { reportError } = await import('./report-error.ts')
        return reportError(parsed ? usageError(error, command) : error, command.opts())
      }
    },
  }
}

type Act = <A extends unknown[]>(load: () => Promise<(...args: A) => Promise<number>>) => (...args: A) => Promise<void>

function describe(command: Command, name: keyof typeof examples, description: string): Command {
  return command.description(description).addHelpText('after', `\nExamples:${examples[name]}`)
}

function addVersion(program: Command, act: Act): void {
  describe(
    program.command('version'),
    'version',
    'print the versions of kadm and of the Kubernetes releases that it knows',
  )
    .option('-o, --output <format>', 'text, short, json or yaml', 'text')
    .action(act(async () => (await import('./version-command.ts')).runVersion))
}

function addInit(program: Command, act: Act): Command {
  const flags = flagsOf('init')
  const init = addFlags(addCommonOptions(describe(program.command('init'), 'init', 'make a control plane')), flags)
  init.action(
    act(async () => {
      const { runInit } = await import('./init.ts')
      return (options: CommonOptions) => runInit({ options, flags: readFlags(init, flags) })
    }),
  )
  addInitPhase(init, act)
  return init
}

function addInitPhase(init: Command, act: Act): void {
  const flags = phaseFlags()
  const described = describe(init.command('phase'), 'phase', 'run one phase of init, or list them')
  const phase = addFlags(addCommonOptions(described), flags)
  let list = ''
  init.hook('preSubcommand', async () => {
    handOn(init, phase)
    list = (await import('./phase-list.ts')).phaseList()
  })
  phase
    .argument('[name...]', 'phase, and its part or `all`: `certs all`, `certs apiserver`, `upload-config kubeadm`')
    .addHelpText('after', () => `\n${list}`)
    .action(
      act(async () => {
        const { runInit } = await import('./init.ts')
        return async (name: readonly string[], options: CommonOptions) => {
          if (name.length > 0) return runInit({ options, flags: readFlags(phase, flags), phase: name })
          process.stdout.write(list)
          return 0
        }
      }),
    )
}

function addJoin(program: Command, act: Act): void {
  const flags = flagsOf('join')
  const described = describe(program.command('join'), 'join', 'make machines nodes of a cluster')
  const join = addFlags(addCommonOptions(described), flags)
  join
    .argument('[endpoint]', 'host:port of the API server, as a join command shows it')
    .option(
      '--from <[user@]address[:port]>',
      'a control plane of the cluster, reached over SSH, to take everything from',
    )
    .action(
      act(async () => {
        const { runJoin } = await import('./join.ts')
        return (endpoint: string | undefined, options: CommonOptions & { from?: string }) =>
          runJoin({ options, flags: readFlags(join, flags), endpoint })
      }),
    )
}

function addKubeconfig(program: Command, act: Act): Command {
  const kubeconfig = describe(program.command('kubeconfig'), 'kubeconfig', 'kubeconfig files of a cluster')
  addCommonOptions(describe(kubeconfig.command('fetch'), 'fetch', 'bring admin.conf of a control plane here'))
    .option('--to <path>', 'where to write it, or - for stdout', 'admin.conf')
    .option('--force', 'replace a file that differs')
    .action(
      act(async () => {
        const { runKubeconfigFetch } = await import('./kubeconfig-fetch.ts')
        return (options: CommonOptions & { to: string; force?: boolean }) => runKubeconfigFetch(options)
      }),
    )
  return kubeconfig
}
