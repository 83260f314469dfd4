import type { KubeObject } from '../../cluster/kube-object.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import type { Phase } from '../../phases/phase.ts'
import { phasesOf } from '../../phases/pipelines.ts'
import { toYaml } from '../../yaml/write.ts'
import type { CommonOptions } from '../options.ts'
import { printObjects } from '../output-objects.ts'

/** Returns what `--print-manifest` prints for a phase. Throws USAGE for a phase that does not have the flag. */
export function manifestOf(phase: readonly string[]): NonNullable<Phase['manifest']> {
  const name = phase.join('/')
  const known = phasesOf('init').filter(({ manifest }) => manifest !== undefined)
  const manifest = known.find(({ id }) => id === name)?.manifest
  if (manifest !== undefined) return manifest
  const commands = known.map(({ id }) => `\`kadm init phase ${id.replace('/', ' ')} --print-manifest\``)
  throw new KadmError('USAGE', `--print-manifest is not a flag of the phase ${name}`, {
    hint: `the add-on phases support it: ${commands.join(', or ')}`,
  })
}

/** Formats objects as YAML documents, or as kubeadm prints JSON. */
export function printManifest(objects: readonly KubeObject[], output: CommonOptions['output']): string {
  return output === 'json' ? printObjects(objects, 'json') : objects.map(object => `---\n${toYaml(object)}`).join('')
}
