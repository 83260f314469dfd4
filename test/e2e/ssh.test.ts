import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { type Answer, answerHere, type Here, ignoring, kadmHere } from './kadm.ts'
import { tokenPattern } from './leaks.ts'
import { askThroughService, fileTree, kubectl, objectVersions, untilReady } from './observe.ts'
import { listeningPorts } from './ports.ts'
import { watchedRun } from './watch.ts'

let lab: Lab
let here: Here

afterAll(() => lab?.stop())

beforeAll(async () => {
  lab = await startLab({ name: 'ssh', most: { controlPlanes: 1, workers: 2 } })
  here = await kadmHere(lab)
})

describe.each(['root', 'ops'] as const)('a cluster created over SSH as %s', user => {
  let cp: LabNode
  let workers: readonly LabNode[]
  let config: string
  let joining: readonly string[]

  beforeAll(async () => {
    const nodes = await lab.startNodes({ name: `cp-${user}` }, { name: `w1-${user}` }, { name: `w2-${user}` })
    cp = nodes[0] as LabNode
    workers = nodes.slice(1)
    config = join(here.home, 'init.yaml')
    await writeFile(config, labKubeadmConfig({ version: 'v1.37.2' }))
    joining = ['join', ...workers.flatMap(worker => ['--host', worker.ssh(user)]), '--from', cp.ssh(user), ...ignoring]
  })
  afterAll(() => Promise.all([cp, ...workers].map(node => node.stop())))

  it('init and join over SSH create a cluster without readable secrets or listening ports', async () => {
    const made = await listeningRun(['init', '--host', cp.ssh(user), '--config', config], [cp])
    const joined = await listeningRun(joining, [cp, ...workers])
    expect(joined.answer.nodes?.map(({ name }) => name)).toEqual(workers.map(({ name }) => name))
    expect(made.answer.tokens[0]).toMatch(tokenPattern)
    expect([made.ports, joined.ports]).toEqual([[], []])
    expect([made.secrets, joined.secrets].every(count => count > 60)).toBe(true)
    expect(made.started).toContain('kubelet')
    expect([...made.leaks, ...joined.leaks]).toEqual([])
  })

  it('nodes of a cluster created over SSH become Ready, and their pods find each other by name', async () => {
    for (const { name } of workers) await kubectl(cp, `wait --for=create node/${name} --timeout=60s`)
    await lab.connectPods(cp)
    await untilReady(cp, [cp.name, ...workers.map(({ name }) => name)])
    expect(await askThroughService(cp, workers[0]?.name ?? '')).toContain('server')
  })

  it('a join over SSH leaves no token', async () => {
    const { stdout } = await cp.run('kubeadm token list')
    expect(stdout).not.toContain('kadm join')
    expect(stdout.trim().split('\n')).toHaveLength(2)
  })

  it('a repeated init and join over SSH change nothing', async () => {
    const before = [await objectVersions(cp), ...(await Promise.all([cp, ...workers].map(fileTree)))]
    const made = await answerHere(here, ['init', '--host', cp.ssh(user), '--config', config])
    const joined = await answerHere(here, joining)
    expect([made.changes, joined.changes]).toEqual([[], []])
    expect([await objectVersions(cp), ...(await Promise.all([cp, ...workers].map(fileTree)))]).toEqual(before)
  })

  it.each([
    ['AllowTcpForwarding no', 'AllowTcpForwarding no'],
    ['AllowStreamLocalForwarding no', 'AllowStreamLocalForwarding no'],
    ['MaxSessions 1', 'MaxSessions'],
    ['ForceCommand echo use the console >&2; exit 3', 'use the console'],
  ])('every command over SSH fails without a change when sshd has %s', async (line, named) => {
    const before = [await objectVersions(cp), await fileTree(cp), await etcdMembers(cp)]
    const to = cp.ssh(user)
    const commands = [
      ['init', '--host', to, '--config', config],
      ['join', '--host', workers[0]?.ssh(user) ?? '', '--from', to, ...ignoring],
      ['reset', '-f', '--host', to],
      ['preflight', '--host', to, ...ignoring],
      ['token', 'list', '--host', to],
      ['node', 'remove', workers[0]?.name ?? '', '--host', to],
    ]
    const reload = `systemctl reload ssh && until ss -Hltn 'sport = :22' | grep -q .; do sleep 0.05; done`
    await cp.writeFile('/etc/ssh/sshd_config.d/00-few.conf', `${line}\n`)
    await cp.run(reload)
    try {
      const ran = await Promise.all(commands.map(args => here.run(args)))
      for (const { code, stderr } of ran) {
        expect([code, stderr]).toEqual([4, expect.stringMatching(/HOST_(CHANNEL|SHELL)/)])
        expect(stderr.replace(/\s+/g, ' ')).toContain(named)
      }
    } finally {
      await cp.run(`rm /etc/ssh/sshd_config.d/00-few.conf; ${reload}`)
    }
    expect([await objectVersions(cp), await fileTree(cp), await etcdMembers(cp)]).toEqual(before)
  })

  it('kubeconfig fetch writes admin.conf, readable only by its owner', async () => {
    const to = join(here.home, `${user}.conf`)
    const fetched = await here.run(['kubeconfig', 'fetch', '--host', cp.ssh(user), '--to', to])
    expect(fetched.stderr).toBe('')
    expect((await stat(to)).mode & 0o777).toBe(0o600)
    expect(await readFile(to, 'utf8')).toBe((await cp.readFile('/etc/kubernetes/admin.conf')).toString())
    const again = await here.run(['kubeconfig', 'fetch', '--host', cp.ssh(user), '--to', to])
    expect(again.stdout).toContain('unchanged')
    await writeFile(to, 'mine')
    const refused = await here.run(['kubeconfig', 'fetch', '--host', cp.ssh(user), '--to', to])
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already and differs') })
    expect(await readFile(to, 'utf8')).toBe('mine')
  })
})

/** Returns the names of etcd's data files, and its number of processes. */
async function etcdMembers(node: LabNode): Promise<string> {
  return (await node.run('ls /var/lib/etcd/member; pgrep -xc etcd')).stdout
}

/** A run with JSON progress, the ports on which it listened, and the secrets it leaked. */
async function listeningRun(args: readonly string[], nodes: readonly LabNode[]) {
  let watching: ReturnType<typeof listeningPorts> | undefined
  const onStart = (pid: number) => {
    watching = listeningPorts(pid)
  }
  const printed = (stdout: string) => (JSON.parse(stdout) as Partial<Answer>).tokens ?? []
  const run = await watchedRun(here, [...args, '-o', 'json', '--progress', 'json'], { nodes, onStart, printed })
  if (run.code !== 0) throw new Error(`kadm ${args.join(' ')} exited ${run.code}\n${run.stderr}`)
  const { looks, ports } = (await watching) ?? { looks: 0, ports: [] }
  expect(looks).toBeGreaterThan(5)
  const types = run.stderr
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { type: string }).type)
  expect([types[0], types.at(-1)]).toEqual(['run-started', 'run-done'])
  return { ...run, answer: JSON.parse(run.stdout) as Answer, ports }
}

describe('SSH access', () => {
  let node: LabNode
  beforeAll(async () => {
    node = await lab.startNode({ name: 'other' })
  })
  afterAll(() => node.stop())

  const fetch = (host: string, ...more: string[]) => ['kubeconfig', 'fetch', '--host', host, '--to', '-', ...more]
  const settings = (file: string) => `Host *\n  IdentityFile ${lab.sshKeyPath}\n  UserKnownHostsFile ${file}\n`

  it('an unknown host key is rejected with its fingerprint, and accepted with --accept-new-host-keys', async () => {
    const stranger = await kadmHere(lab, settings('~/.ssh/known_hosts'))
    const unknown = await stranger.run(fetch(node.ssh()))
    expect(unknown.code).toBe(4)
    expect(unknown.stderr).toMatch(/SHA256:\S+ +HOST_KEY_UNKNOWN[\s\S]*--accept-new-host-keys/)
    const remembered = () => readFile(join(stranger.home, '.ssh', 'known_hosts'), 'utf8').catch(() => '')
    expect(await remembered()).toBe('')
    const accepted = await stranger.run(fetch(node.ssh(), '--accept-new-host-keys'))
    expect(accepted.stderr).toContain('/etc/kubernetes/admin.conf does not exist')
    // The host's own configuration may hash the name before the key.
    expect(await remembered()).toMatch(/^\S+ ssh-ed25519 \S+\n$/)
    expect(await remembered()).toContain(` ${node.hostPublicKey}\n`)
    const known = await stranger.run(fetch(node.ssh()))
    expect(known.stderr).toContain('/etc/kubernetes/admin.conf does not exist')
  })

  it('a changed host key is rejected, even with --accept-new-host-keys', async () => {
    const stranger = await kadmHere(lab, settings('~/.ssh/known_hosts'))
    const key = node.hostPublicKey.split(' ')
    const wrong = Buffer.from(key[1] ?? '', 'base64')
    wrong[wrong.length - 1] = (wrong.at(-1) ?? 0) ^ 1
    const line = `${node.address} ${key[0]} ${wrong.toString('base64')}\n`
    await writeFile(join(stranger.home, '.ssh', 'known_hosts'), line, { mode: 0o600 })
    const changed = await stranger.run(fetch(node.ssh(), '--accept-new-host-keys'))
    expect(changed).toMatchObject({ code: 4, stderr: expect.stringContaining('HOST_KEY_CHANGED') })
    await rm(stranger.home, { recursive: true })
  })

  it('a user who is not allowed to become root gets an error with the line for sudoers', async () => {
    const denied = await here.run(fetch(node.ssh('guest')))
    expect(denied).toMatchObject({ code: 4, stderr: expect.stringMatching(/HOST_SUDO[\s\S]*NOPASSWD/) })
  })
})
