import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { leaksIn, secretsIn, tokenSecrets } from './leaks.ts'
import { runUnder, watched } from './watch.ts'

const pem = (
  key: { export(options: { type: 'pkcs1' | 'sec1'; format: 'pem' }): string | Buffer },
  type: 'pkcs1' | 'sec1',
) => key.export({ type, format: 'pem' }).toString()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' })

describe('secrets', () => {
  it.each([
    ['RSA', pem(rsa.privateKey, 'pkcs1'), pem(rsa.publicKey, 'pkcs1')],
    ['ECDSA', pem(elliptic.privateKey, 'sec1'), elliptic.publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ])('secretsIn finds an %s key in text, in part and in base64, but not its public half', (_, key, open) => {
    const secrets = secretsIn('ca.key', key)
    const config = secretsIn('admin.conf', `    client-key-data: ${Buffer.from(key).toString('base64')}\n`)
    expect(config.map(({ value }) => value)).toEqual(secrets.map(({ value }) => value))
    const body = key.split('\n').slice(1, -2).join('\n')
    const encoded = Buffer.from(key).toString('base64')
    for (const text of [key, body, encoded, encoded.slice(40)]) {
      expect(leaksIn([{ where: 'here', text }], secrets)).not.toEqual([])
    }
    expect(leaksIn([{ where: 'here', text: open }], secrets)).toEqual([])
  })

  it('tokenSecrets finds a token, its secret half and its Secret data, but not its ID', () => {
    const secrets = tokenSecrets('abcdef.0123456789abcdef')
    const texts = [
      'x abcdef.0123456789abcdef',
      '"0123456789abcdef"',
      Buffer.from('0123456789abcdef').toString('base64'),
    ]
    for (const text of texts) expect(leaksIn([{ where: 'here', text }], secrets)).not.toEqual([])
    expect(leaksIn([{ where: 'here', text: 'token abcdef, pod kube-proxy-abcde' }], secrets)).toEqual([])
    expect(leaksIn([{ where: 'here', text: 'of another: zzzzzz.0123456789zzzzzz' }], secrets)).toHaveLength(1)
  })

  it('leaksIn masks the secrets that it reports', () => {
    const leaks = leaksIn(
      [{ where: 'stderr', text: 'one\nmy hunter2 too\n' }],
      [{ what: 'a password', value: 'hunter2' }],
    )
    expect(leaks).toEqual(['stderr: a password: my *** too'])
  })
})

describe('the secret watcher', () => {
  const value = 'pl4nted-secret'
  const secrets = [{ what: 'planted', value }]
  let lab: Lab
  let node: LabNode

  beforeAll(async () => {
    lab = await startLab({ name: 'watch', most: { machines: 1 } })
    node = await lab.startNode({ name: 'n1' })
    await node.writeFile('/etc/kubernetes/pki/ca.key', pem(rsa.privateKey, 'pkcs1'), '0600')
  })
  afterAll(() => lab?.stop())

  /** Where a script of the node leaks the secret, which it reads from a file. */
  const places = async (script: string, ssh = false) => {
    await node.writeFile('/root/secret', value, '0600')
    const text = `read -r s < /root/secret; ${script}`
    const command = ssh
      ? ['ssh', ...node.sshArgs, node.ssh('ops'), `sudo bash -c '${text}'`]
      : node.enter(['bash', '-c', text])
    const { leaks } = await watched({ nodes: [node], secrets }, under => runUnder(under, command))
    return [...new Set(leaks.map(line => line.split(': planted')[0]))]
  }

  /** A very short process is rarely, but possibly, among those that are polled ten times a second. */
  const lasting = (place: string | undefined) => place !== 'processes of n1'

  it('the watcher reports a secret in every place that others can read, but not in private files', async () => {
    const script = [
      '/bin/true "x$s"',
      'logger <<< "it is $s"',
      'echo "$s" > /etc/open',
      'install -m 640 /root/secret /run/group',
      'install -m 600 /root/secret /etc/closed',
      'install -D -m 600 /root/secret /var/lib/kadm/runs/1.jsonl',
      'chmod 644 /root/secret',
      'echo "$s" >&2',
      'echo "$s"',
    ]
    expect((await places(script.join('; '))).filter(lasting).toSorted()).toEqual([
      'journal of n1',
      'n1: /etc/open',
      'n1: /root/secret',
      'n1: /run/group',
      'n1: /var/lib/kadm/runs/1.jsonl',
      'started by the command',
      'stderr',
      'stdout',
    ])
  })

  it('the watcher reports a secret in the environment of a process that ends at once', async () => {
    expect((await places('S="$s" /bin/true')).filter(lasting)).toEqual(['started by the command'])
  })

  it('the watcher reports a secret in a command that sshd starts for a regular user', async () => {
    expect((await places('/bin/true "$s"', true)).filter(lasting)).toEqual(['started by sshd of n1'])
  })

  it('the watcher reports a secret in a long-lived process that another process starts', async () => {
    const unit = 'systemd-run -q --unit planted sh -c "sleep 60; : $s" < /dev/null'
    expect(await places(unit)).toEqual(expect.arrayContaining(['started by the command', 'processes of n1']))
    await node.run('systemctl stop planted')
  })

  it('the watcher reports a readable copy of a host key', async () => {
    const copy = node.enter(['install', '-m', '644', '/etc/kubernetes/pki/ca.key', '/tmp/copy'])
    const { leaks } = await watched({ nodes: [node] }, under => runUnder(under, copy))
    expect(leaks).toContainEqual(
      expect.stringMatching(/^n1: \/tmp\/copy: private key of \/etc\/kubernetes\/pki\/ca.key/),
    )
  })

  it('the watcher accepts an expected secret on stdout and nowhere else', async () => {
    const watchPlanted = (where: string) =>
      watched({ nodes: [node], secrets, printed: () => [value] }, under =>
        runUnder(under, node.enter(['bash', '-c', `read -r s < /root/secret; echo $s ${where}`])),
      )
    await node.writeFile('/root/secret', value, '0600')
    expect((await watchPlanted('')).leaks).toEqual([])
    expect((await watchPlanted('>&2')).leaks).toEqual(['stderr: planted: ***'])
  })
})
