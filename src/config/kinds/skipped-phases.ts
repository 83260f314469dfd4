import { type Fault, faultsOf } from '../field/field-path.ts'

/** Returns why the name of a phase is not valid; undefined if it exists. */
export type JudgePhase = (name: string) => { readonly message: string; readonly remedy: string } | undefined

/**
 * Returns errors of skipped phases in a file that the command does not have. The command line validates names in flags.
 */
export function validatePhases(
  kind: string,
  names: readonly string[] = [],
  judge: JudgePhase = () => undefined,
): readonly Fault[] {
  return names.flatMap((name, i) => {
    const wrong = judge(name)
    return wrong === undefined ? [] : [faultsOf(kind)(['skipPhases', i], wrong.message, wrong.remedy)]
  })
}
