import { given } from '../../cluster/given.ts'
import { isMap, type Json } from '../../cluster/json.ts'
import { type Patch, type PatchTarget, type PatchType, patchTargets, patchTypes } from '../../cluster/patch.ts'
import { isKadmError, type Problem } from '../../errors/kadm-error.ts'
import { doubledKeys, isUnreadable, readDocuments } from './read-documents.ts'

/** A file in a patches directory. It is read only if its name matches. */
export interface PatchFile {
  readonly path: string
  readonly read: () => string
}

/** Returns all files below a directory, in the order in which their patches apply. */
export type ListPatchFiles = (directory: string) => readonly PatchFile[]

export interface ReadPatches {
  readonly patches: readonly Patch[]
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

/**
 * Returns the patches of the configured directory; `problemOf` adds positions to their errors. Empty without a
 * directory, or for a command without patches.
 */
export function openPatches(
  directory: string | undefined,
  list: ListPatchFiles | undefined,
  problemOf: (text: Pick<Problem, 'message' | 'remedy'>) => Problem = text => text,
): ReadPatches {
  if (directory === undefined || list === undefined) return { patches: [], problems: [], warnings: [] }
  try {
    return readPatches(list(directory))
  } catch (error) {
    if (!isKadmError(error, 'CONFIG_UNREADABLE')) throw error
    const { message, hint } = error
    return { patches: [], problems: [problemOf(given({ message, remedy: hint }))], warnings: [] }
  }
}

const extension = /.+\.(json|yaml)$/
const named = new RegExp(`^(${patchTargets.join('|')})([^.+\\n]*)?(\\+)?(${patchTypes.join('|')})?`)

/**
 * Reads a patches directory: files `target[suffix][+type].extension`, each with one or more documents. As in kubeadm,
 * files with other names are ignored with a warning. Source: util/patches/patches.go.
 */
function readPatches(files: readonly PatchFile[]): ReadPatches {
  const patches: Patch[] = []
  const problems: Problem[] = []
  const warnings: string[] = []
  for (const file of files) {
    const name = parseName(file.path)
    if (typeof name === 'string') warnings.push(`[patches] Ignoring file "${file.path}": ${name}`)
    else if ('message' in name) problems.push({ file: file.path, ...name })
    else {
      const text = file.read()
      if (text === '') warnings.push(`[patches] Ignoring empty file: "${file.path}"`)
      const read = parsePatches(text, file.path, name)
      patches.push(...read.patches)
      problems.push(...read.problems)
    }
  }
  return { patches, problems, warnings }
}

type Name = Pick<Patch, 'target' | 'type'>

/** Parses a file name; returns a text if it is not a patch. */
function parseName(path: string): Name | string | Pick<Problem, 'message' | 'remedy'> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (!extension.test(name)) return 'the file extension must be one of [json yaml]'
  const [, target, , plus, type = 'strategic'] = named.exec(name) ?? []
  if (target === undefined) return `unknown target, must be one of [${patchTargets.join(' ')}]`
  if (plus !== undefined && named.exec(name)?.[4] === undefined) {
    const message = `unknown or missing patch type after '+', must be one of [${patchTypes.join(' ')}]`
    return { message, remedy: `name the file ${target}+json.yaml, or without + for a strategic patch` }
  }
  return { target: target as PatchTarget, type: type as PatchType }
}

function parsePatches(text: string, file: string, name: Name): Omit<ReadPatches, 'warnings'> {
  const patches: Patch[] = []
  const problems: Problem[] = []
  for (const read of readDocuments(text)) {
    const [fault] = isUnreadable(read) ? [read] : doubledKeys(read)
    if (fault !== undefined) problems.push({ file, ...fault })
    if (fault !== undefined || isUnreadable(read) || read.value === null) continue
    const line = read.lineOf([])
    const misfit = misfitOf(name.type, read.value)
    if (misfit === undefined) patches.push({ ...name, file, line, body: read.value })
    else problems.push({ file, line, ...misfit })
  }
  return { patches, problems }
}

function misfitOf(type: PatchType, body: Json): Pick<Problem, 'message' | 'remedy'> | undefined {
  const isList = Array.isArray(body)
  if (type === 'json') {
    const fits = isList && body.every(isMap)
    const remedy = 'write a list such as [{op: add, path: /spec/hostIPC, value: true}]'
    return fits ? undefined : { message: 'a JSON patch is a list of operations', remedy }
  }
  if (typeof body === 'object' && !isList) return undefined
  const remedy = 'write the fields to patch; for a list of operations use a file with +json'
  return { message: `a patch of type ${type} must be a mapping`, remedy }
}
