import { KadmError } from '../../errors/kadm-error.ts'
import type { Fault } from '../field/field-path.ts'
import { parseDocuments } from './documents.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import { throwProblems } from './open-drafts.ts'

/** Opens the text of a ConfigMap that holds a document of this kind. Throws CONFIG_INVALID. */
export function openStored(text: string, file: string, kind: string): { drafts: Drafts; warnings: readonly string[] } {
  const { documents, problems, duplicates } = parseDocuments(text, file)
  throwProblems(problems)
  const document = documents.find(found => found.kind === kind)
  if (document === undefined) {
    const hint =
      'inspect it with kubectl, and write it again with `kadm init phase upload-config all --config FILE` on a control plane'
    throw new KadmError('CONFIG_INVALID', `${file} holds no ${kind}`, { hint })
  }
  return {
    drafts: createDrafts(new Map([[kind, document]])),
    warnings: duplicates.map(({ message, field }) => `${file}: ${field}: ${message}; the last value applies`),
  }
}

export function isUnknownField({ unknownField }: Fault): boolean {
  return unknownField === true
}
