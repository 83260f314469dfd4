import { type AddCommand, describe } from '../command.ts'
import { addCommonOptions, type CommonOptions, passOptions } from '../options.ts'

const examples = `\
  kadm runs list --host root@cp1                        the last twenty runs of kadm on cp1
  kadm runs show --host root@cp1                        the steps of the latest one`

const listExamples = `\
  kadm runs list                                        the runs that are recorded on this host
  kadm runs list --host root@cp1 --host root@w1         those of two hosts
  kadm runs list --host root@cp1 -o json`

const showExamples = `\
  kadm runs show                                        the latest run on this host
  kadm runs show 20261130T061234Z-a1b2c3 --host root@cp1
  kadm runs show 20261130T0612 --host root@cp1          the start of the name is enough`

export const addRuns: AddCommand = (program, act) => {
  const runs = addCommonOptions(describe(program.command('runs'), 'show what earlier runs of kadm did', examples))
  runs.hook('preSubcommand', (_, command) => passOptions(runs, command))
  const list = describe(
    runs.command('list'),
    'list the runs that a host has a log of, and how each one ended',
    listExamples,
  )
  addCommonOptions(list).action(
    act(async () => {
      const { runRunsList } = await import('./runs.ts')
      return (options: CommonOptions) => runRunsList(options)
    }),
  )
  const show = describe(
    runs.command('show'),
    'show the steps of a run: when they ran, what they changed, and which ones are unfinished',
    showExamples,
  )
  addCommonOptions(show)
    .argument('[run]', 'the name of the run, or the start of it; default: the latest run')
    .action(
      act(async () => {
        const { runRunsShow } = await import('./runs.ts')
        return (name: string | undefined, options: CommonOptions) => runRunsShow(name, options)
      }),
    )
}
