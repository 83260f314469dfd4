import { upgradeDiff } from '../../../phases/upgrade-pipelines.ts'
import type { Intent } from '../../run/intent.ts'
import { observePlan, type PlanSeen } from './observe.ts'
import { type PlanAsked, type PlanInput, parsePlan } from './parse.ts'
import { type PlanAnswer, planAnswer, planExitCode, planText } from './result.ts'

/**
 * `kadm upgrade plan`: kubeadm's tables, and what stands in the way of an upgrade. A dry run of the phases of an upgrade
 * to the version that the cluster already has finds what was edited by hand.
 */
export const planIntent: Intent<PlanInput, PlanAsked, PlanSeen, PlanAnswer> = {
  name: () => 'kadm upgrade plan',
  plan: 'upgrade plan',
  parse: parsePlan,
  observe: observePlan,
  stages: ({ targets }) => upgradeDiff(targets),
  answersDry: true,
  answer: ({ asked, seen, report }) => planAnswer(asked, seen, report),
  text: (answer, { asked, seen }) => planText(answer, asked.printConfig ? seen.storedConfig : undefined),
  exitCode: planExitCode,
}
