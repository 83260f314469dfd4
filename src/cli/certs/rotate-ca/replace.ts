import type { ReplaceRequest } from '../../../cluster/rotation.ts'
import { namedMachines } from '../../../compose/machines.ts'
import { type FoundReplacement, findReplacement } from '../../../compose/replace-nodes.ts'
import { KadmError } from '../../../errors/kadm-error.ts'
import { observeState } from '../../../observe/cluster/observe-state.ts'
import { replaceCas } from '../../../phases/renew-pipelines.ts'
import { parseCertificate } from '../../../pki/certificate.ts'
import { counted } from '../../../ui/text.ts'
import type { Asked, Intent, Question, Seen } from '../../run/intent.ts'
import type { RunReport } from '../../run/run-plan.ts'
import { listed } from './listed.ts'
import { kubeconfigOf, type RotateOptions } from './parse.ts'
import { shownCas } from './question.ts'

interface ReplaceAsked extends Asked {
  readonly kubeconfig: string
  readonly yes: boolean
  readonly startedAt: Date
}

interface ReplaceSeen extends Seen<ReplaceRequest> {
  readonly found: FoundReplacement
}

/** The result of `kadm certs rotate-ca replace`. */
export interface ReplaceResult extends Pick<RunReport, 'changes' | 'phases' | 'warnings' | 'seconds'> {
  readonly cas: readonly string[]
  readonly nodes: readonly string[]
  readonly podsToRestart: readonly string[]
  readonly caBundles: readonly string[]
}

/** `kadm certs rotate-ca replace`: replaces CAs that have expired. Needs no API server. */
export const replaceIntent: Intent<RotateOptions, ReplaceAsked, ReplaceSeen, ReplaceResult> = {
  name: () => 'kadm certs rotate-ca',
  plan: 'certs rotate-ca',
  parse: parseReplace,
  async observe({ kubeconfig, startedAt }, { hosts }) {
    const [found, state] = await Promise.all([findReplacement(hosts, kubeconfig, startedAt), observeState({ hosts })])
    const { targets, source, warnings } = found
    return {
      ...{ found, targets, state, warnings, onControlPlane: true, dry: { newCluster: false } },
      ...(source === undefined ? {} : { source }),
    }
  },
  stages: ({ found }) => replaceCas(found.targets),
  question: ({ asked, seen }) => questionOf(asked, seen.found),
  answer: ({ seen, report }) => resultOf(seen.found, report),
  text: ({ changes, seconds, podsToRestart, caBundles }) => {
    const done = `The expired CAs are replaced. ${counted(changes.length, 'change')} (${seconds} s).\n`
    const pods = listed('These pods use the API and have no controller; restart them:', podsToRestart)
    const bundles = listed('These objects hold the old CA:', caBundles)
    return `${done}${pods}${bundles}\nReplace kubeconfigs that you handed out: \`kadm kubeconfig fetch\`, \`kadm kubeconfig user\`.\n`
  },
}

function parseReplace(options: RotateOptions, startedAt: Date): ReplaceAsked {
  const { yes = false, dryRun = false } = options
  const refused = [
    ...(options.all === true ? ['--all'] : []),
    ...(options.ca === undefined ? [] : ['--ca']),
    ...(options.patchCaBundles === true ? ['--patch-ca-bundles'] : []),
  ]
  if (refused.length > 0) {
    throw new KadmError('USAGE', `replace and ${refused.join(', ')} cannot be combined`, {
      hint: 'replace takes every CA that has expired; bundles are patched when the cluster answers again',
    })
  }
  return {
    ...{ yes, dryRun, startedAt, pick: {}, warnings: [], access: 'change', hosts: namedMachines(options) },
    kubeconfig: kubeconfigOf(options),
  }
}

function questionOf({ yes, dryRun }: ReplaceAsked, { goals, targets }: FoundReplacement): Question {
  const expired = goals.map(({ ca, old }) => {
    return `  ${shownCas[ca]}, since ${parseCertificate(old.certificate).notAfter.toISOString()}`
  })
  const lines = [
    'These CAs have expired, so that nothing accepts a certificate that they signed:',
    ...expired,
    `New CAs replace them on ${targets.map(({ node }) => node.name).join(', ')}.`,
    'All certificates, kubeconfigs and credentials of kubelets are issued again, and all components restart.',
    'A node that is not named does not come back: name every host of the cluster.',
    'Then pods that use the API are restarted, as their disruption budgets allow.',
    'Copies of kubeconfigs, printed join commands, and webhooks that hold the old CA stop working.',
  ]
  return { text: `${lines.join('\n')}\n`, ask: !yes && !dryRun, flag: '-y (--yes)' }
}

function resultOf({ goals, targets }: FoundReplacement, report: RunReport): ReplaceResult {
  const { results, changes, phases, warnings, seconds } = report
  return {
    cas: goals.map(({ ca }) => ca),
    nodes: targets.map(({ node }) => node.name),
    podsToRestart: [...new Set(results.podToRestart ?? [])],
    caBundles: [...new Set(results.caBundle ?? [])],
    ...{ changes, phases, warnings, seconds },
  }
}
