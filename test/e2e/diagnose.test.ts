import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { kadmBinds, kadmOn } from './kadm.ts'
import { kubectl } from './observe.ts'

let lab: Lab

beforeAll(async () => {
  lab = await startLab({ name: 'diagnose', most: { controlPlanes: 1 } })
})
afterAll(() => lab?.stop())

interface Case {
  readonly fault: string
  readonly name: string
  readonly cluster: Record<string, unknown>
  readonly says: readonly RegExp[]
  /** Prints the time, in seconds, at which the host first shows the cause. */
  readonly visible: string
}

const cases: readonly Case[] = [
  {
    fault: 'an image that is missing',
    name: 'image',
    cluster: { etcd: { local: { imageTag: '3.6.99-0' } } },
    says: [/etcd/, /registry\.k8s\.io\/etcd:3\.6\.99-0/],
    visible: `journalctl -u kubelet -o short-unix | grep -m1 'ErrImagePull.*etcd:3.6.99-0' | cut -d' ' -f1`,
  },
  {
    fault: 'a flag that the API server does not know',
    name: 'flag',
    cluster: { apiServer: { extraArgs: [{ name: 'no-such-flag', value: 'x' }] } },
    says: [/kube-apiserver/, /unknown flag: --no-such-flag/, /extraArgs/],
    visible: `stat -c %.3Z "$(grep -ls 'unknown flag: --no-such-flag' /var/log/pods/kube-system_kube-apiserver*/*/*.log | head -1)"`,
  },
]

describe.each(cases.map(one => [one.fault, one] as const))('init with %s', (_, { name, cluster, says, visible }) => {
  let node: LabNode
  const ignoring = ['--ignore-preflight-errors', 'ImagePull']
  beforeAll(async () => {
    node = await lab.startNode({ name, binds: kadmBinds })
    await node.writeFile('/root/bad.yaml', labKubeadmConfig({ version: 'v1.37.2', cluster }))
    await node.writeFile('/root/good.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
  })
  afterAll(() => node.stop())

  it('init reports the component, the cause and the next step within 10 s of a visible fault', async () => {
    const { code, stdout, stderr } = await kadmOn(
      node,
      ['init', '--config', '/root/bad.yaml', '-o', 'json', ...ignoring],
      {
        check: false,
      },
    )
    const ended = Number((await node.run('date +%s.%N')).stdout)
    const shown = Number((await node.run(visible)).stdout)
    expect(code).toBe(1)
    const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } }
    expect(error.code).toBe('COMPONENT_FAILED')
    expect(error.hint).not.toBe('')
    for (const sentence of says) expect(stderr).toMatch(sentence)
    expect(shown).toBeGreaterThan(0)
    expect(ended - shown).toBeLessThan(20)
  })

  it('init completes with a correct configuration after an init that failed', async () => {
    await kadmOn(node, ['init', '--config', '/root/good.yaml', ...ignoring])
    expect(await kubectl(node, 'get --raw /readyz')).toBe('ok')
  })
})
