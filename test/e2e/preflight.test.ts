import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Judgement } from '../../src/phases/phase.ts'
import { kadmRows } from '../../src/phases/preflight/table.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { programOnNode } from '../lab/program.ts'
import { answerHere, type Here, ignoring, kadmBinds, kadmHere } from './kadm.ts'

type Judged = Judgement & { readonly node: string }
interface Looked {
  readonly errors: number
  readonly checks: readonly Judged[]
}

/** Checks that kubeadm does not have. */
const own = kadmRows.map(({ name }) => name).filter(name => name !== 'Port-N' && name !== 'ControlPlaneEndpoint')
const proxied = { HTTPS_PROXY: 'http://proxy.example:3128' }
let lab: Lab
let here: Here
let good: LabNode
let bad: LabNode

beforeAll(async () => {
  lab = await startLab({ name: 'preflight', most: { controlPlanes: 1, machines: 1 } })
  here = await kadmHere(lab)
  const nodes = await lab.startNodes({ name: 'good', binds: kadmBinds }, { name: 'bad', binds: kadmBinds })
  ;[good, bad] = nodes as [LabNode, LabNode]
})

afterAll(() => lab?.stop())

/** kadm preflight from this host on both nodes. */
async function lookAtBoth(...more: readonly string[]) {
  const machines = ['--host', good.ssh(), '--host', bad.ssh('ops'), ...ignoring, ...more]
  const { code, stdout, stderr } = await here.run(['preflight', ...machines, '-o', 'json', '--progress', 'plain'])
  if (code !== 0 && code !== 3) throw new Error(`kadm preflight exited ${code}\n${stderr}`)
  return { code, stderr, ...(JSON.parse(stdout) as Looked) }
}

const faults = (checks: readonly Judged[], node: string) =>
  checks.filter(one => one.node === node && (one.level === 'error' || one.level === 'warning'))
const namesOf = (found: readonly Judged[]) => [...new Set(found.map(({ check }) => check))].sort()

describe('hosts without errors', () => {
  it('preflight reports hosts without errors in a table and does not change them', async () => {
    const before = await Promise.all([good, bad].map(tree))
    const { code, checks, errors } = await lookAtBoth('--control-plane')
    expect(checks.filter(({ level }) => level === 'error')).toEqual([])
    expect([code, errors]).toEqual([0, 0])
    // Both nodes are namespaces of one host: they share its firmware and its disk, which may be slow.
    const firmware = (await good.run('cat /sys/class/dmi/id/product_uuid', { check: false })).code === 0
    const expected = ['CgroupDriver', ...(firmware ? ['DuplicateProductUUID'] : [])]
    expect(namesOf(faults(checks, 'good')).filter(name => name !== 'EtcdDiskLatency')).toEqual(expected)
    expect(checks.filter(({ check }) => check === 'EtcdDiskLatency').map(({ node }) => node)).toEqual(['good', 'bad'])
    expect(await Promise.all([good, bad].map(tree))).toEqual(before)
    const table = await here.run(['preflight', '--host', good.ssh(), ...ignoring])
    expect(table.stdout).toMatch(/^CHECK +good\nIsPrivilegedUser +ok\n[\s\S]*\n0 errors, \d warnings? on 1 host \(/)
  })
})

describe('one host under two names', () => {
  it.each<[string, (same: readonly [string, string]) => readonly string[]]>([
    ['preflight', ([a, b]) => ['preflight', '--host', a, '--host', b]],
    ['preflight --from', ([a, b]) => ['preflight', '--host', a, '--from', b]],
    ['join', ([a, b]) => ['join', '--host', a, '--host', b, '--from', good.ssh()]],
    ['join --dry-run', ([a, b]) => ['join', '--dry-run', '--host', a, '--host', b, '--from', good.ssh()]],
    ['join --from', ([a, b]) => ['join', '--host', a, '--from', b]],
    ['reset', ([a, b]) => ['reset', '--force', '--host', a, '--host', b]],
    ['config images pull', ([a, b]) => ['config', 'images', 'pull', '--host', a, '--host', b]],
  ])('kadm %s refuses one host under two names and does not change it', async (command, argv) => {
    const before = await tree(bad)
    // Two users, two addresses, and the same spec twice: other names of the same host.
    const ways = command === 'preflight' ? [bad.ssh('ops'), `root@[${bad.address6}]`, bad.ssh()] : [bad.ssh('ops')]
    for (const way of ways) {
      const { code, stderr } = await here.run([...argv([bad.ssh(), way]), '--accept-new-host-keys'])
      expect([code, stderr]).toEqual([2, expect.stringMatching(/are the same host/)])
    }
    expect(await tree(bad)).toEqual(before)
  })
})

describe('a host with errors', () => {
  beforeAll(async () => {
    const id = (await good.readFile('/etc/machine-id')).trim()
    await bad.run(`
      echo ${id} > /etc/machine-id
      systemd-run --unit=squatter socat TCP-LISTEN:10250,reuseaddr,fork /dev/null
      sysctl -qw net.ipv4.ip_forward=0
      iptables -A INPUT -p tcp --dport 2380 -j DROP
      ip link set eth0 mtu 1400
      systemctl disable kubelet
      mkdir -p /etc/kubernetes/manifests /var/lib/etcd/member
      touch /etc/kubernetes/manifests/etcd.yaml
      mv /usr/sbin/losetup /usr/sbin/losetup.away
      printf '[Service]\nExecStart=/bin/sleep infinity\n' > /etc/systemd/system/firewalld.service
      systemctl daemon-reload; systemctl start firewalld
      sed -i '1i disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"]' /etc/containerd/config.toml
      systemctl restart containerd`)
  })

  it('preflight reports each error of a host with errors by name and node', async () => {
    const started = Date.now()
    const { code, checks } = await lookAtBoth('--control-plane')
    const seconds = (Date.now() - started) / 1000
    expect(code).toBe(3)
    const errors = (node: string) => namesOf(faults(checks, node).filter(({ level }) => level === 'error'))
    expect(errors('bad')).toEqual([
      ...['CRI', 'CRIPluginDisabled', 'ContainerRuntimeVersion', 'DirAvailable--var-lib-etcd', 'DuplicateMachineID'],
      ...['FileAvailable--etc-kubernetes-manifests-etcd.yaml', 'FileContent--proc-sys-net-ipv4-ip_forward'],
      ...['FileExisting-losetup', 'Port-10250'],
    ])
    expect(errors('good')).toEqual(['DuplicateMachineID', 'PortReachable'])
    const lost = checks.filter(({ check, level }) => check === 'PortReachable' && level === 'error')
    expect(lost.map(({ message }) => message)).toEqual([
      expect.stringMatching(new RegExp(`^cannot reach ${bad.address}:2380 \\(bad\\) from good: no answer within`)),
    ])
    const mtu = checks.filter(({ check, level }) => check === 'MTU' && level !== 'ok')
    expect(mtu.map(({ node, message }) => [node, message])).toEqual([
      ['bad', 'eth0 has an MTU of 1400; that of good is 1500'],
    ])
    expect(faults(checks, 'bad').every(({ message }) => message)).toBe(true)
    // The lost port takes five seconds, and only its own check waits for it.
    expect(seconds).toBeLessThan(60)
  })

  it('preflight reports a host name that two hosts share on both of them', async () => {
    await bad.run('hostname good')
    const { checks } = await lookAtBoth()
    await bad.run('hostname bad')
    const twins = checks.filter(({ check, level }) => check === 'DuplicateHostname' && level === 'error')
    expect(twins.map(({ node, message }) => [node, message])).toEqual([
      [good.address, `the host name good is that of ${bad.address}, too`],
      [bad.address, `the host name good is that of ${good.address}, too`],
    ])
  })

  it.each(['init', 'join'] as const)(
    'preflight and kubeadm %s report the same checks by name and level',
    async command => {
      const config = '/root/preflight.yaml'
      await bad.writeFile(config, labKubeadmConfig({ version: 'v1.37.2', nodeName: 'nobody-knows-me' }))
      const join = `${good.address}:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification`
      const line =
        command === 'init'
          ? `init phase preflight --config ${config}`
          : `join phase preflight ${join} --node-name nobody-knows-me ${ignoring.join(' ')}`
      const [theirs, ours] = await Promise.all([
        kubeadmFinds(bad, `taskset -c 0 kubeadm ${line}`),
        kadmFinds(bad, `--config ${config} ${command === 'init' ? '--control-plane' : ''}`),
      ])
      // A join checks the connection to the API server; a preflight of one host does not know it.
      const expected = theirs.filter(one => command === 'init' || one !== 'WARNING HTTPProxy')
      expect(theirs.length).toBeGreaterThan(command === 'init' ? 12 : 7)
      expect(ours).toEqual(expected)
    },
  )

  it('preflight and kubeadm report the same for an old kubelet and an external etcd that does not exist', async () => {
    const fake = '#!/bin/sh\necho Kubernetes v1.30.1\n'
    await bad.writeFile('/usr/local/bin/kubelet', fake, '0755')
    // kubeadm queries the first kubelet in PATH, kadm the one that the unit starts.
    await bad.run(`mkdir -p /etc/systemd/system/kubelet.service.d
      printf '[Service]\nExecStart=\nExecStart=/usr/local/bin/kubelet\n' > /etc/systemd/system/kubelet.service.d/zz.conf
      systemctl daemon-reload`)
    const external = {
      endpoints: ['https://127.0.0.1:12379'],
      httpEndpoints: ['http://127.0.0.1:12381'],
      caFile: '/etc/etcd/ca.crt',
      certFile: '/etc/etcd/client.crt',
      keyFile: '/etc/etcd/client.key',
    }
    const config = '/root/external.yaml'
    await bad.writeFile(config, labKubeadmConfig({ version: 'v1.37.2', cluster: { etcd: { external } } }))
    const [theirs, ours] = await Promise.all([
      kubeadmFinds(bad, `kubeadm init phase preflight --config ${config}`),
      kadmFinds(bad, `--control-plane --config ${config}`, ''),
    ])
    await bad.run('rm /usr/local/bin/kubelet /etc/systemd/system/kubelet.service.d/zz.conf; systemctl daemon-reload')
    expect(theirs).toEqual(
      expect.arrayContaining([
        'ERROR KubeletVersion',
        'ERROR ExternalEtcdVersion',
        'ERROR ExternalEtcdClientCertificates',
      ]),
    )
    expect(ours).toEqual(theirs)
  })

  it('preflight and reset report only missing privileges to a user who is not root, as kubeadm does', async () => {
    const asGuest = (line: string) => `runuser -u guest -- env HOME=/home/guest ${line}`
    await bad.writeFile('/etc/preflight.yaml', labKubeadmConfig({ version: 'v1.37.2' }))
    const theirs = await kubeadmFinds(bad, asGuest('kubeadm init phase preflight --config /etc/preflight.yaml'))
    const ours = await kadmFinds(bad, '--control-plane', asGuest('env'))
    expect(theirs).toEqual(['ERROR IsPrivilegedUser'])
    expect(ours).toEqual(theirs)
    expect(await kubeadmFinds(bad, asGuest('kubeadm reset phase preflight --force'))).toEqual(theirs)
    const reset = await bad.run(asGuest(`${programOnNode} reset --force -o json`), { check: false })
    const { error } = JSON.parse(reset.stdout) as { error: { problems: readonly { field: string }[] } }
    expect([reset.code, error.problems.map(({ field }) => field)]).toEqual([3, ['IsPrivilegedUser']])
  })
})

describe('a host that joins', () => {
  beforeAll(async () => {
    const config = join(here.home, 'init.yaml')
    const controlPlaneEndpoint = `${good.address}:6443`
    await writeFile(
      config,
      labKubeadmConfig({ version: 'v1.37.2', controlPlaneEndpoint, ignorePreflightErrors: ['DuplicateMachineID'] }),
    )
    await answerHere(here, ['init', '--host', good.ssh(), '--config', config, '--upload-certs'])
  })

  it('preflight compares a host with the Nodes of the cluster before anything is changed', async () => {
    const before = await tree(bad)
    const tokens = await good.run('kubeadm token list')
    const found = await here.run(['preflight', '--host', bad.ssh(), '--from', good.ssh(), ...ignoring, '-o', 'json'])
    expect(await tree(bad)).toEqual(before)
    const { code, stdout } = await here.run([
      'join',
      '--host',
      bad.ssh(),
      '--from',
      good.ssh(),
      ...ignoring,
      '-o',
      'json',
    ])
    const { error } = JSON.parse(stdout) as { error: { problems: readonly { field: string; node: string }[] } }
    expect(code).toBe(3)
    expect(error.problems.map(({ field }) => field)).toEqual(
      expect.arrayContaining(['CRIPluginDisabled', 'DuplicateMachineID', 'Port-10250']),
    )
    expect(new Set(error.problems.map(({ node }) => node))).toEqual(new Set(['bad']))
    const looked = (JSON.parse(found.stdout) as Looked).checks.filter(({ level }) => level === 'error')
    expect([found.code, namesOf(looked)]).toEqual([3, [...new Set(error.problems.map(({ field }) => field))].sort()])
    expect((await good.run('kubeadm token list')).stdout).toBe(tokens.stdout)
    // The log contains the run that failed.
    const after = (await tree(bad)).split('\n').filter(path => !path.startsWith('/var/lib/kadm'))
    expect(after.join('\n')).toEqual(before)
  })

  it('preflight recognizes a host that is already a node under any name', async () => {
    await good.run('hostname renamed')
    const renamed = await here.run(['init', '--host', good.ssh(), ...ignoring])
    await good.run('hostname good')
    expect([renamed.code, renamed.stderr.replace(/\s+/g, ' ')]).toEqual([
      3,
      expect.stringMatching(
        /this host is already a node: the control plane good .*; or keep the name: --node-name good/,
      ),
    ])
    const worker = await here.run(['preflight', '--host', good.ssh(), ...ignoring, '-o', 'json'])
    const checks = (JSON.parse(worker.stdout) as Looked).checks.filter(({ check }) => check === 'AlreadyJoined')
    expect(checks.map(({ level }) => level)).toEqual(['error'])
  })

  it('preflight inspects a host without the cluster when the cluster does not answer in time', async () => {
    await good.run('pkill -STOP -x kube-apiserver')
    const argv = ['preflight', '--host', bad.ssh(), '--from', good.ssh(), ...ignoring, '--timeout', '1s', '-o', 'json']
    const { code, stdout } = await here.run(argv)
    await good.run('pkill -CONT -x kube-apiserver')
    const { checks } = JSON.parse(stdout) as Looked
    const of = (name: string) => checks.filter(({ check }) => check === name).map(({ level }) => level)
    expect([code, of('CRI'), of('KubeletVersion')]).toEqual([3, ['error'], ['skipped']])
    expect(checks.find(({ check }) => check === 'KubeletVersion')?.message).toMatch(
      /kube-apiserver at .* cannot be reached/,
    )
  })

  it('join reports the errors that kubeadm reports for a control plane all at once', async () => {
    const { stdout } = await good.run('kubeadm token create --print-join-command --ttl 10m')
    const command = stdout.trim().replace('kubeadm join', 'kubeadm join phase preflight --control-plane')
    const key = `--certificate-key ${'0'.repeat(64)}`
    // It reads the configuration of the cluster, which is not reachable through a proxy.
    const straight = { HTTPS_PROXY: '' }
    const first = await kubeadmFinds(bad, `${command} ${key} ${ignoring.join(' ')}`, straight)
    // kubeadm continues with the checks of a control plane if the errors of those of a node are ignored.
    const passed = [...ignoring[1].split(','), ...first.flatMap(one => (one.startsWith('ERROR') ? [one.slice(6)] : []))]
    const second = await kubeadmFinds(bad, `${command} ${key} --ignore-preflight-errors=${passed.join(',')}`, straight)
    const theirs = [...first, ...second.filter(one => !passed.some(name => one.endsWith(` ${name}`)))]
    const { stdout: answer, stderr } = await here.run([
      ...['join', '--host', bad.ssh(), '--from', good.ssh(), '--control-plane', ...ignoring],
      ...['-o', 'json', '--progress', 'json'],
    ])
    const { error } = JSON.parse(answer) as { error: { problems: readonly { field: string }[] } }
    const warned = [...stderr.matchAll(/"text":"\[([\w.-]+)\]/g)].map(match => `WARNING ${match[1]}`)
    const ours = [...error.problems.map(({ field }) => `ERROR ${field}`), ...warned]
    const withoutOwn = ours.filter(one => !own.some(name => one.endsWith(` ${name}`)))
    expect(theirs).toContain('ERROR DirAvailable--var-lib-etcd')
    expect([...new Set(withoutOwn)].sort()).toEqual([...new Set(theirs)].sort())
  })
})

/** Returns kubeadm's check results: `ERROR Name`, `WARNING Name`, each once, sorted. */
async function kubeadmFinds(node: LabNode, line: string, env = proxied): Promise<readonly string[]> {
  const { stderr } = await node.run(line, { env, check: false, timeoutMs: 120_000 })
  const found = [...stderr.matchAll(/^\t\[(WARNING|ERROR) ([^\]]+)\]: /gm)].map(match => `${match[1]} ${match[2]}`)
  if (found.length === 0) throw new Error(`${line} found nothing:\n${stderr}`)
  return [...new Set(found)].sort()
}

/** Returns the same for kadm on the node, without its own checks. */
async function kadmFinds(node: LabNode, flags: string, before = 'taskset -c 0'): Promise<readonly string[]> {
  const command = `${before} ${programOnNode} preflight ${flags} -o json --progress quiet`
  const { stdout } = await node.run(command, { env: proxied, check: false, timeoutMs: 120_000 })
  const levels = { warning: 'WARNING', ignored: 'WARNING', error: 'ERROR' }
  const found = (JSON.parse(stdout) as Looked).checks
    .filter(({ check }) => !own.includes(check))
    .flatMap(({ check, level }) => (level === 'ok' || level === 'skipped' ? [] : [`${levels[level]} ${check}`]))
  return [...new Set(found)].sort()
}

/** Names of all files that a check of a host could leave. */
async function tree(node: LabNode): Promise<string> {
  const { stdout } = await node.run(
    'find /etc /var/lib/etcd /var/lib /root /opt -xdev -not -path "*/containerd/*" 2>/dev/null | sort',
  )
  return stdout
}
