import { exec } from '../exec.ts'
import { bridge, gateway, type MachineName, namespace, tapOf } from './settings.ts'

/** A command line, as it runs inside the machines' network. */
export const inNetwork = (argv: readonly string[]) => ['ip', 'netns', 'exec', namespace, ...argv]

/** Makes the namespace with its bridge, and the machine's cable to it, where they are missing. */
export async function plugIn(name: MachineName): Promise<void> {
  const ip = (...args: string[]) => exec('ip', ['-n', namespace, ...args])
  if (!(await namespaceExists())) {
    await exec('ip', ['netns', 'add', namespace])
    await ip('link', 'set', 'lo', 'up')
    await ip('link', 'add', bridge, 'type', 'bridge')
    await ip('addr', 'add', `${gateway}/24`, 'dev', bridge)
    await ip('link', 'set', bridge, 'up')
  }
  const tap = tapOf(name)
  const found = await exec('ip', ['-n', namespace, 'link', 'show', tap], { check: false })
  if (found.code !== 0) await ip('tuntap', 'add', tap, 'mode', 'tap')
  await ip('link', 'set', tap, 'master', bridge, 'up')
}

/** Removes the namespace and all in it. */
export async function removeNetwork(): Promise<void> {
  if (await namespaceExists()) await exec('ip', ['netns', 'del', namespace])
}

async function namespaceExists(): Promise<boolean> {
  const { stdout } = await exec('ip', ['netns', 'list'])
  return stdout.split('\n').some(line => line.split(' ')[0] === namespace)
}
