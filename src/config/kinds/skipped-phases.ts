import { type Fault, faultsOf } from '../field/field-path.ts'

/** What is wrong with the name of a phase; undefined for one that there is. */
export type JudgePhase = (name: string) => { readonly message: string; readonly remedy: string } | undefined

/** Phases that a file leaves out, and that a command does not have. Names of a flag are the command line's to judge. */
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
