import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmHere } from './kadm.ts'
import { kubectl, untilReady } from './observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
let worker: LabNode
const version = 'v1.37.2'

beforeAll(async () => {
  lab = await startLab({ name: 'serving', most: { controlPlanes: 1, workers: 1 }, versions: [version] })
  here = await kadmHere(lab)
  const [one, two] = await lab.startNodes({ name: 'cp1' }, { name: 'w1' })
  if (one === undefined || two === undefined) throw new Error('the lab has no nodes')
  cp = one
  worker = two
  const config = join(here.home, 'init.yaml')
  const cluster = { encryptionAlgorithm: 'ECDSA-P256' }
  await writeFile(config, labKubeadmConfig({ version, cluster, kubelet: { serverTLSBootstrap: true } }))
  await answerHere(here, ['init', '--host', cp.ssh(), '--config', config, ...ignoring])
  await answerHere(here, ['join', '--host', worker.ssh(), '--from', cp.ssh(), ...ignoring])
  await lab.connectPods(cp)
  await untilReady(cp, ['cp1', 'w1'])
})
afterAll(() => lab?.stop())

const hosts = () => ['--host', cp.ssh(), '--host', worker.ssh()]
const kadm = (...words: readonly string[]) => here.run([...words, ...hosts(), '--progress', 'quiet'])

/** Asks the kubelets over TLS from a node that trusts only the CA of the cluster. */
async function verified(): Promise<readonly string[]> {
  const urls = [cp, worker].map(node => `https://${node.address}:10250/healthz`).join(' ')
  const curl = `for url in ${urls}; do curl -s -o /dev/null -w '%{http_code}\\n' --cacert /etc/kubernetes/pki/ca.crt $url; done`
  const { stdout } = await cp.run(curl, { check: false })
  return stdout.trim().split('\n')
}

/** Creates a request as the kubelet of the worker, with another name. */
async function ask(name: string, san: string): Promise<void> {
  const request = `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /O=system:nodes/CN=system:node:w1 -addext subjectAltName=${san} 2>/dev/null | base64 -w0`
  const { stdout } = await worker.run(request)
  const spec = `{ signerName: kubernetes.io/kubelet-serving, usages: [digital signature, server auth], request: ${stdout} }`
  const object = `{ apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: { name: ${name} }, spec: ${spec} }`
  await worker.run('kubectl --kubeconfig /etc/kubernetes/kubelet.conf create -f -', { stdin: object })
}

describe('serving certificates of kubelets on real nodes', () => {
  it('kubelets configured at init and join serve certificates of the CA after certs approve --all --wait', async () => {
    expect(await verified()).toEqual(['000', '000'])
    const { code, stdout } = await kadm('certs', 'approve', '--all', '--wait', '2m', '-o', 'json')
    const answer = JSON.parse(stdout) as {
      readonly requests: readonly { readonly node: string; readonly outcome: string }[]
    }
    const nodes = answer.requests.map(({ node, outcome }) => `${node} ${outcome}`)
    expect([code, new Set(nodes)]).toEqual([0, new Set(['cp1 issued', 'w1 issued'])])
    await expect.poll(verified, { timeout: 30_000 }).toEqual(['401', '401'])
    const report = await kadm('certs', 'check-expiration', '-o', 'json')
    expect(report.code).toBe(0)
    const { otherCertificates } = JSON.parse(report.stdout) as {
      readonly otherCertificates: readonly { readonly name: string; readonly problems?: readonly string[] }[]
    }
    const serving = otherCertificates.filter(({ name }) => name === 'kubelet-server')
    expect(serving.map(({ problems = [] }) => problems)).toEqual([[], []])
  })

  it.each([
    ['the address of the API server', () => `IP:${cp.address}`, /which is not a name or an address of w1/],
    ['a name of the API server', () => 'DNS:kubernetes.default.svc', /is not a name or an address of w1/],
    ['a name that its host has, of the API server', () => 'DNS:w1,IP:10.96.0.1', /10\.96\.0\.1, which is/],
  ])('a request of a kubelet for %s is not approved', async (_, san, why) => {
    await worker.run('ip addr replace 10.96.0.1/32 dev eth0')
    await ask('hostile', san())
    try {
      const { code, stdout } = await kadm('certs', 'approve', '--all')
      expect([code, stdout]).toEqual([1, expect.stringMatching(why)])
      const { stdout: state } = await cp.run(
        'kubectl --kubeconfig /etc/kubernetes/admin.conf get csr hostile -o jsonpath={.status}',
      )
      expect(state).toBe('{}')
    } finally {
      await kubectl(cp, 'delete csr hostile')
      await worker.run('ip addr del 10.96.0.1/32 dev eth0')
    }
  })

  it('certs kubelet-serving disable and enable change each node once', async () => {
    const run = async (verb: string) => {
      const { code, stdout, stderr } = await kadm('certs', 'kubelet-serving', verb, '-o', 'json')
      expect([code, stderr]).toEqual([0, ''])
      const { changes } = JSON.parse(stdout) as { readonly changes: readonly { readonly what: string }[] }
      return changes.map(({ what }) => what).filter(what => !what.startsWith('systemctl daemon-reload'))
    }
    const node = ['/var/lib/kubelet/config.yaml', 'systemctl restart kubelet']
    expect(await run('disable')).toEqual(['ConfigMap kube-system/kubelet-config', ...node, ...node])
    expect(await verified()).toEqual(['000', '000'])
    expect(await kubectl(cp, '-n kube-system get cm kubelet-config -o yaml')).not.toContain('serverTLSBootstrap')
    const enabled = await run('enable')
    expect(enabled).toEqual(expect.arrayContaining(['ConfigMap kube-system/kubelet-config', ...node]))
    expect(await verified()).toEqual(['401', '401'])
    expect(await run('enable')).toEqual([])
  })
})

describe('rotation of the service account keys on a real node', () => {
  const step = async (name: string, ...flags: readonly string[]) => {
    const words = ['certs', 'rotate-sa', name, '-y', ...flags, '--host', cp.ssh(), '--progress', 'quiet', '-o', 'json']
    const { code, stdout, stderr } = await here.run(words)
    if (code !== 0) throw new Error(`${stdout}${stderr}`)
    return JSON.parse(stdout) as {
      readonly signer: string
      readonly trusted: readonly string[]
      readonly changes: readonly object[]
    }
  }
  const newToken = async () => (await kubectl(cp, 'create token default --duration 1h')).trim()
  const statusOf = async (token: string) => {
    const curl = `curl -sk -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(cat)" https://${cp.address}:6443/api`
    return (await cp.run(curl, { stdin: token })).stdout
  }
  const kidOf = (token: string) =>
    (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { readonly kid: string }).kid
  const proxies = () =>
    kubectl(
      cp,
      "-n kube-system get pods -l k8s-app=kube-proxy -o jsonpath='{.items[*].metadata.uid} {.items[*].status.containerStatuses[*].restartCount}'",
    )
  const secret = `
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata: { name: legacy, annotations: { kubernetes.io/service-account.name: default } }
`
  const legacy = async () =>
    Buffer.from(await kubectl(cp, 'get secret legacy -o jsonpath={.data.token}'), 'base64').toString()

  it('tokens of the old key work until finish, tokens of the new key after it, and no pod restarts', async () => {
    await kubectl(cp, 'create -f -', secret)
    await expect.poll(legacy, { timeout: 30_000 }).not.toBe('')
    const [before, oldToken, oldLegacy] = [await proxies(), await newToken(), await legacy()]
    const dry = await here.run([
      'certs',
      'rotate-sa',
      'prepare',
      '--dry-run',
      '--host',
      cp.ssh(),
      '--progress',
      'quiet',
    ])
    expect([dry.code, dry.stdout.includes('PRIVATE KEY')]).toEqual([0, false])
    expect(dry.stdout).toContain('sa.pub')
    const prepared = await step('prepare')
    expect(prepared.trusted.length).toBe(2)
    expect(kidOf(await newToken())).toBe(prepared.signer)
    expect((await step('prepare')).changes).toEqual([])
    const switched = await step('switch')
    const newOne = await newToken()
    expect([kidOf(newOne), kidOf(oldToken)]).toEqual([switched.signer, prepared.signer])
    expect([await statusOf(oldToken), await statusOf(newOne)]).toEqual(['200', '200'])
    await expect(step('finish')).rejects.toThrow('tokens of the old one are still in use')
    await expect(step('finish', '--min-age', '0s')).rejects.toThrow('default/legacy')
    await kubectl(cp, `patch secret legacy --type=json -p '[{"op":"remove","path":"/data/token"}]'`)
    await expect.poll(legacy, { timeout: 30_000 }).not.toBe('')
    const finished = await step('finish', '--min-age', '0s')
    expect(finished.trusted).toEqual([switched.signer])
    expect([await statusOf(oldToken), await statusOf(oldLegacy)]).toEqual(['401', '401'])
    expect([await statusOf(newOne), await statusOf(await legacy())]).toEqual(['200', '200'])
    expect(await proxies()).toBe(before)
    expect((await cp.run('ls /etc/kubernetes/pki')).stdout).not.toMatch(/^old\.key|^new\.key/m)
  })
})
