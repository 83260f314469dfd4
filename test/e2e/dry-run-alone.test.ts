import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { comparable, type DryAnswer, startDryMachines, wholeTree } from './dry-runs.ts'
import { answerHere, answerOn, type Here, ignoring, kadmOn } from './kadm.ts'
import { difference } from './machine-state.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
let second: LabNode

afterAll(() => lab?.stop())

describe('a dry run of join without a cluster', () => {
  const nowhere = 'https://127.0.0.1:1'
  const certificateKey = 'c0ffee'.repeat(10).padEnd(64, '0')

  beforeAll(async () => {
    lab = await startLab({ name: 'dry-alone', most: { controlPlanes: 1, machines: 2 } })
    ;({ here, cp, worker, second } = await startDryMachines(lab))
    await answerOn(cp, ['init', '--config', '/root/init.yaml'])
  })

  async function toNowhere(node: LabNode, more: Record<string, unknown>): Promise<readonly string[]> {
    const bootstrapToken = { apiServerEndpoint: '127.0.0.1:1', token: 'abcdef.0123456789abcdef' }
    const file = {
      apiVersion: 'kubeadm.k8s.io/v1beta4',
      kind: 'JoinConfiguration',
      dryRun: true,
      discovery: { bootstrapToken: { ...bootstrapToken, unsafeSkipCAVerification: true } },
      nodeRegistration: { ignorePreflightErrors: ['SystemVerification'] },
      ...more,
    }
    await node.writeFile('/root/nowhere.yaml', stringify(file))
    return ['join', '--config', '/root/nowhere.yaml']
  }

  it('a dry run of a worker join without a cluster lists the values that it assumes, and the changes', async () => {
    const words = await toNowhere(worker, {})
    const before = await wholeTree(worker)
    const alone = (await answerOn(worker, words)) as DryAnswer
    const { code, stdout } = await kadmOn(worker, words)
    expect(difference(before, await wholeTree(worker))).toEqual([])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^Nothing answers at https:\/\/127\.0\.0\.1:1\. The dry run assumes this cluster data:\n {2}/,
    )
    expect(alone.unansweredServers).toEqual([nowhere])
    expect(alone.assumed.join()).toMatch(/CA.*defaults for Kubernetes v1\.37\.2, the version of the kubelet/)
    const withCluster = ['join', '--host', worker.ssh('ops'), '--from', cp.ssh('ops'), '--dry-run', ...ignoring]
    const asked = (await answerHere(here, withCluster)) as DryAnswer
    expect(asked.assumed).toEqual([])
    expect(comparable(alone.changes)).toEqual(comparable(asked.changes))
  })

  it('a dry run of a control plane join without a cluster uses generated certificates', async () => {
    const localAPIEndpoint = { advertiseAddress: second.address }
    const words = await toNowhere(second, { controlPlane: { localAPIEndpoint, certificateKey } })
    const before = await wholeTree(second)
    const alone = (await answerOn(second, words)) as DryAnswer
    const { stdout } = await kadmOn(second, words)
    expect(difference(before, await wholeTree(second))).toEqual([])
    expect(alone.unansweredServers).toEqual([nowhere])
    expect(alone.assumed).toContain('the members of etcd: none')
    expect(`${stdout}${JSON.stringify(alone)}`).not.toMatch(/PRIVATE KEY|c0ffee/)
    const control = ['join', '--host', second.ssh(), '--from', cp.ssh(), '--control-plane', '--dry-run', ...ignoring]
    const asked = (await answerHere(here, control)) as DryAnswer
    expect(comparable(alone.changes)).toEqual(comparable(asked.changes))
  })

  it('a dry run of join reports an error when an untrusted server answers', async () => {
    const discovery = {
      bootstrapToken: {
        apiServerEndpoint: `${cp.address}:6443`,
        token: 'abcdef.0123456789abcdef',
        caCertHashes: [`sha256:${'0'.repeat(64)}`],
      },
    }
    const words = await toNowhere(worker, { discovery })
    const { code, stderr } = await kadmOn(worker, words, { check: false })
    expect(code).toBe(1)
    expect(stderr).toMatch(/DISCOVERY_FAILED/)
  })
})
