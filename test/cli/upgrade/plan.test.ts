import { describe, expect, it } from 'vitest'
import type { PlanSeen } from '../../../src/cli/upgrade/plan/observe.ts'
import { type PlanOptions, parsePlan } from '../../../src/cli/upgrade/plan/parse.ts'
import { planExitCode, planAnswer, planText } from '../../../src/cli/upgrade/plan/result.ts'
import type { UpgradeFinding } from '../../../src/cluster/upgrade-plan.ts'
import { upgradeDiff } from '../../../src/phases/upgrade-pipelines.ts'
import type { Change } from '../../../src/pipeline/events.ts'
import { makePlan } from '../../../src/pipeline/plan.ts'
import { makeCluster, makeNode, makeRequest } from '../../fixtures/cluster.ts'
import { deadHost, runKadm } from '../run-kadm.ts'

const options: PlanOptions = { progress: 'auto', output: 'text', v: 0, kubeconfig: '/etc/kubernetes/admin.conf' }
const configured = `apiVersion: kubeadm.k8s.io/v1beta4
kind: UpgradeConfiguration
plan: {kubernetesVersion: v1.36.2, etcdUpgrade: false, ignorePreflightErrors: [VersionSkew]}
`

describe('the command line of upgrade plan', () => {
  it('without arguments, the newest versions are looked up', () => {
    const asked = parsePlan({ version: undefined, options })
    expect(asked).not.toHaveProperty('target')
    expect(asked).toMatchObject({
      access: 'read',
      dryRun: true,
      allowExperimental: false,
      ignored: [],
      exitCode: false,
    })
    expect(asked.upgrade).toMatchObject({ etcdUpgrade: true, kubeconfig: '/etc/kubernetes/admin.conf' })
  })

  it('flags and the version are read', () => {
    const asked = parsePlan({
      version: '1.37.1',
      options: {
        ...options,
        allowReleaseCandidateUpgrades: true,
        etcdUpgrade: false,
        ignorePreflightErrors: ['VersionSkew', 'adminWebhooks'],
      },
    })
    expect(asked).toMatchObject({
      target: 'v1.37.1',
      allowReleaseCandidate: true,
      ignored: ['adminwebhooks', 'versionskew'],
      upgrade: { etcdUpgrade: false },
    })
  })

  it.each([
    [['v1.30.0'], /only supports deploying clusters/],
    [['--etcd-upgrade=perhaps'], /--etcd-upgrade must be true or false/],
    [['--ignore-preflight-errors', 'all,Swap'], /don't specify individual checks if 'all' is used/],
    [['--config', '{dir}/c.yaml', '--print-config'], /can not mix '--config' with arguments \[print-config\]/],
  ])('upgrade plan rejects %j before it reaches a host', async (argv, reason) => {
    const { code, stderr } = await runKadm(['upgrade', 'plan', ...deadHost, ...argv], { 'c.yaml': configured })
    expect(code).toBe(2)
    expect(stderr).toMatch(reason)
  })

  it('the file of --config is read', async () => {
    const argv = ['upgrade', 'plan', ...deadHost, '--config', '{dir}/c.yaml']
    expect(await runKadm(argv, { 'c.yaml': configured })).toMatchObject({ code: 4 })
  })
})

const node = makeNode()
const cluster = makeCluster({ nodes: [node] })
const targets = [{ cluster, node, request: makeRequest({ from: 'v1.36.3' }) }]
const [step] = makePlan('upgrade plan', upgradeDiff(targets), {}).steps
const finding: UpgradeFinding = { check: 'VersionSkew', level: 'error', message: 'too old', remedy: 'upgrade it' }

function answer(seen: Partial<PlanSeen>, ignored: readonly string[] = [], changes: readonly Change[] = []) {
  if (step === undefined) throw new Error('the plan has no steps')
  const asked = { ...parsePlan({ version: undefined, options }), ignored }
  const nothing = { upgrades: [], configs: [], findings: [], storedConfig: '', warnings: [], state: {} }
  return planAnswer(asked, { targets, dry: { newCluster: false }, ...nothing, ...seen }, { steps: [{ step, changes }] })
}

describe('the result of upgrade plan', () => {
  const upgrades = [{ description: 'stable version', components: [] }]

  it.each([
    ['a finding that is an error', { findings: [finding], upgrades }, [], true, 3],
    ['an error that is ignored, with an upgrade', { findings: [finding], upgrades }, ['versionskew'], true, 6],
    ['an upgrade, with --exit-code', { upgrades }, [], true, 6],
    ['an upgrade, without --exit-code', { upgrades }, [], false, 0],
    ['no upgrade, with --exit-code', {}, [], true, 0],
  ] as const)('%s decides the exit code', (_, seen, ignored, exitCode, code) => {
    expect(planExitCode(answer(seen, ignored), { exitCode })).toBe(code)
  })

  it('findings, drift and the configuration follow each other in the text', () => {
    const changes: readonly Change[] = [
      { kind: 'file', on: 'cp1', what: '/etc/kubernetes/manifests/etcd.yaml', before: 'a\nb\n', after: 'a\nc\nd\n' },
      { kind: 'object', on: 'cluster', what: 'ConfigMap kube-system/kube-proxy', before: 'a\n', after: 'b\n' },
      { kind: 'object', on: 'cluster', what: 'Role kube-system/x', before: 'a\n', after: 'b\n' },
    ]
    const warning = { ...finding, level: 'warning', message: 'soon' } as const
    expect(
      planText(answer({ findings: [warning, finding] }, [], changes), 'a: 1\n'),
    ).toBe(`[upgrade/config] Configuration used:
\ta: 1
The cluster is up to date: kadm knows no later version.

[ERROR VersionSkew]: too old
  → upgrade it

[WARNING VersionSkew]: soon
  → upgrade it

These files and objects differ from what kadm writes for the version of the cluster. An upgrade overwrites them:
  cp1: /etc/kubernetes/manifests/etcd.yaml (+2 -1 lines)
  ConfigMap kube-system/kube-proxy (+1 -1 lines)
\`kadm upgrade diff\` shows the differences; patches (--patches) keep them.
`)
  })
})
