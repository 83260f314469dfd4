import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, answerOn, type Here, ignoring, kadmBinds, kadmHere, kadmOn } from '../e2e/kadm.ts'
import { type Ended, type Running, startHere, startOn } from '../e2e/killing.ts'
import { kubectl } from '../e2e/observe.ts'
import type { Balancer } from '../lab/balancer.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'

/** Every phase of these cases would otherwise wait for at least four minutes. */
const soonSeconds = 100

let lab: Lab
beforeAll(async () => {
  lab = await startLab({ name: 'causes' })
})
afterAll(() => lab?.stop())

/** An action at the start of a phase: a fault that an earlier phase would have detected. */
interface At {
  readonly phase: string
  readonly run: () => Promise<unknown>
}

/** The end of the run, with its duration in seconds. */
async function endOf(running: Running, at?: At): Promise<Ended & { readonly seconds: number }> {
  const started = performance.now()
  if (at !== undefined) {
    const event = await running.until(({ type, phase }) => type === 'step-started' && phase === at.phase)
    if (event !== undefined) await at.run()
  }
  const ended = await running.ended
  return { ...ended, seconds: (performance.now() - started) / 1000 }
}

interface Named {
  readonly code: string
  readonly says: RegExp
  readonly hint: RegExp
}

function expectNamed(ended: Ended & { readonly seconds: number }, { code, says, hint }: Named): void {
  expect(ended.code, ended.stderr).toBe(1)
  const { error } = JSON.parse(ended.stdout) as { error: { code: string; message: string; hint: string } }
  expect(error).toMatchObject({ code, message: expect.stringMatching(says), hint: expect.stringMatching(hint) })
  expect(ended.seconds).toBeLessThan(soonSeconds)
}

/** A program that uses a TCP port of a node. */
const occupy = (port: number) =>
  `mkdir -p /run/sshd && systemd-run --collect --unit holder /usr/sbin/sshd -D -p ${port} && sleep 1`
const leave = 'systemctl stop holder'

describe('init', () => {
  let node: LabNode
  beforeAll(async () => {
    node = await lab.startNode({ name: 'init', binds: kadmBinds })
  })
  afterAll(() => node.stop())

  interface Case extends Named {
    readonly fault: string
    readonly cluster?: Record<string, unknown>
    readonly kubelet?: Record<string, unknown>
    /** Checks that would detect it earlier. */
    readonly ignore?: readonly string[]
    readonly before?: string
    readonly at?: { readonly phase: string; readonly run: string }
    readonly after?: string
  }
  const failed = { code: 'COMPONENT_FAILED' } as const
  const cases: readonly Case[] = [
    {
      fault: 'a port of etcd in use',
      ...failed,
      before: occupy(2379),
      ignore: ['Port-2379'],
      says: /etcd does not start: .*address already in use/,
      hint: /uses port 2379/,
      after: leave,
    },
    {
      fault: 'an etcd that ends at a wrong argument',
      ...failed,
      cluster: { etcd: { local: { extraArgs: [{ name: 'heartbeat-interval', value: 'never' }] } } },
      says: /etcd does not start: .*invalid value "never"/,
      hint: /etcd\.local\.extraArgs/,
    },
    {
      fault: 'a container runtime that stopped',
      ...failed,
      at: { phase: 'kubelet-start', run: 'systemctl stop containerd' },
      says: /container runtime .*does not answer/,
      hint: /systemctl status containerd/,
      after: 'systemctl start containerd',
    },
    {
      fault: 'a configuration that the kubelet refuses',
      ...failed,
      kubelet: { featureGates: { NoSuchGate: true } },
      says: /the kubelet does not start: .*NoSuchGate/,
      hint: /KubeletConfiguration/,
    },
    {
      fault: 'the port of the kubelet in use',
      ...failed,
      before: occupy(10250),
      ignore: ['Port-10250'],
      says: /the kubelet does not start: .*10250: bind: address already in use/,
      hint: /ss -ltnp/,
      after: leave,
    },
    {
      fault: "the port of the kubelet's health check in use",
      ...failed,
      before: occupy(10248),
      says: /the kubelet does not start: .*10248: bind: address already in use/,
      hint: /ss -ltnp/,
      after: leave,
    },
  ]

  it.each(cases.map(one => [one.fault, one] as const))('init reports %s', async (_, one) => {
    const { cluster, kubelet, ignore = [], before, at, after } = one
    const config = labKubeadmConfig({
      version: 'v1.37.2',
      ignorePreflightErrors: ignore,
      ...(cluster === undefined ? {} : { cluster }),
      ...(kubelet === undefined ? {} : { kubelet: { failCgroupV1: false, cgroupDriver: 'cgroupfs', ...kubelet } }),
    })
    await node.writeFile('/root/init.yaml', config)
    if (before !== undefined) await node.run(before)
    const running = startOn(node, ['init', '--config', '/root/init.yaml'])
    const ended = await endOf(running, at && { phase: at.phase, run: () => node.run(at.run) })
    if (after !== undefined) await node.run(after)
    await kadmOn(node, ['reset', '--force'])
    expectNamed(ended, one)
  })
})

describe('a cluster behind a load balancer', () => {
  let here: Here
  let balancer: Balancer
  let [cp, worker]: LabNode[] = []
  let made: Answer & { readonly warnings: readonly string[] }

  beforeAll(async () => {
    here = await kadmHere(lab)
    ;[cp, worker] = await lab.startNodes({ name: 'cp', binds: kadmBinds }, { name: 'w', binds: kadmBinds })
    balancer = await lab.startBalancer(6443, [cp as LabNode])
    balancer.serve(false)
    const config = labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint: balancer.endpoint })
    await cp?.writeFile('/root/init.yaml', config)
    made = (await answerOn(cp as LabNode, ['init', '--config', '/root/init.yaml'])) as typeof made
    // The kubelet starts late, so that there is time for a fault between the start and its first request.
    const late = '[Service]\nExecStartPre=/bin/sleep 4\n'
    await worker?.run('mkdir -p /etc/systemd/system/kubelet.service.d')
    await worker?.writeFile('/etc/systemd/system/kubelet.service.d/late.conf', late)
    await worker?.run('systemctl daemon-reload')
  })
  afterAll(() => balancer?.close())

  it('init warns when the load balancer does not answer although the API server does', () => {
    const text = new RegExp(`API server of this node answers, but .*${balancer.endpoint.replaceAll('.', '\\.')}`)
    expect(made.warnings).toContainEqual(expect.stringMatching(text))
  })

  interface Case extends Named {
    readonly fault: string
    readonly serving?: false
    readonly args: () => readonly string[]
    /** Over SSH, reading from the control plane. */
    readonly from?: true
    readonly at?: At
  }
  const token = () => made.tokens[0] ?? ''
  const pin = () => made.caCertHashes[0] ?? ''
  const joining = (words: { readonly token?: string; readonly pin?: string } = {}) => [
    'join',
    balancer.endpoint,
    ...['--token', words.token ?? token()],
    ...['--discovery-token-ca-cert-hash', words.pin ?? pin()],
    ...ignoring,
  ]
  const discovery = { code: 'DISCOVERY_FAILED' } as const
  const bootstrap = { code: 'COMPONENT_FAILED' } as const
  const cases: readonly Case[] = [
    {
      fault: 'a wrong secret of the token',
      ...discovery,
      args: () => joining({ token: `${token().split('.')[0]}.0123456789abcdef` }),
      says: /verify the JWS signature/,
      hint: /secret part of the token/,
    },
    {
      fault: 'a token that is unknown or has expired',
      ...discovery,
      args: () => joining({ token: 'abcdef.0123456789abcdef' }),
      says: /could not find a JWS signature .*"abcdef"/,
      hint: /token create/,
    },
    {
      fault: 'the hash of another CA',
      ...discovery,
      args: () => joining({ pin: `sha256:${'0'.repeat(64)}` }),
      says: /none of the public keys/,
      hint: /--discovery-token-ca-cert-hash/,
    },
    {
      fault: 'a load balancer that is silent though the API server answers',
      code: 'API_UNREACHABLE',
      serving: false,
      from: true,
      args: () => ['join', '--host', worker?.ssh() ?? '', '--from', cp?.ssh() ?? '', ...ignoring],
      says: /the API server of .* itself answers at https:/,
      hint: /load balancer/,
    },
    {
      fault: 'a load balancer that falls silent before the kubelet asks for its certificate',
      ...bootstrap,
      args: () => joining(),
      at: { phase: 'kubelet-wait-bootstrap', run: async () => balancer.serve(false) },
      says: /no certificate, because the API server does not answer/,
      hint: /load balancer/,
    },
  ]

  it('join reports that kube-controller-manager, which signs the certificate, is down', async () => {
    const node = worker as LabNode
    const manifest = '/etc/kubernetes/manifests/kube-controller-manager.yaml'
    await cp?.run(`mv ${manifest} /root/`)
    const ended = await endOf(startHere(here, ['join', '--host', node.ssh(), '--from', cp?.ssh() ?? '', ...ignoring]))
    await cp?.run(`mv /root/kube-controller-manager.yaml ${manifest}`)
    await kadmOn(node, ['reset', '--force'])
    expectNamed(ended, {
      code: 'COMPONENT_FAILED',
      says: /no kube-controller-manager is running/,
      hint: /kube-controller-manager\.yaml.*timeouts\.tlsBootstrap/,
    })
  })

  it('join reports why the API server rejects the Node', async () => {
    const node = worker as LabNode
    const policy = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'nodes' },
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nodes'] }],
        },
        validations: [{ expression: 'object.metadata.name != "denied"', message: 'no such rack' }],
      },
    }
    const binding = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'nodes' },
      spec: { policyName: 'nodes', validationActions: ['Deny'] },
    }
    await kubectl(
      cp as LabNode,
      'apply -f -',
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [policy, binding] }),
    )
    const ended = await endOf(startOn(node, [...joining(), '--node-name', 'denied']))
    await kadmOn(node, ['reset', '--force'])
    expectNamed(ended, {
      code: 'COMPONENT_FAILED',
      says: /rejects its Node: .*no such rack/,
      hint: /webhook or policy/,
    })
  })

  it.each(cases.map(one => [one.fault, one] as const))('join reports %s', async (_, one) => {
    const node = worker as LabNode
    balancer.serve(one.serving ?? true)
    const running = one.from === true ? startHere(here, one.args()) : startOn(node, one.args())
    const ended = await endOf(running, one.at)
    balancer.serve(true)
    await kadmOn(node, ['reset', '--force'])
    expectNamed(ended, one)
  })
})
