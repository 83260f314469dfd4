import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { program } from '../lab/program.ts'
import { say, since } from '../lab/progress.ts'
import { sshKey } from '../lab/vm/image.ts'
import { type Machine, stopAll } from '../lab/vm/machine.ts'
import { Operator } from './operator.ts'
import { patienceMs } from './settings.ts'
import { cluster } from './states.ts'

let cp1: Machine
let w1: Machine
let machines: readonly Machine[]

beforeAll(async () => {
  await stopAll()
  machines = (await cluster(await Operator.create())).machines
  ;[cp1, w1] = machines as [Machine, Machine]
})

const kubectl = (words: string) => cp1.run(`kubectl --kubeconfig /etc/kubernetes/admin.conf ${words}`, { check: false })

/** The UIDs of objects that a revival must keep, sorted. */
async function uids(): Promise<string> {
  const fields = '{.kind} {.metadata.namespace} {.metadata.name} {.metadata.uid}'
  const kinds = 'nodes,configmaps,serviceaccounts,services,deployments,daemonsets'
  const { stdout } = await kubectl(`get ${kinds} -A -o jsonpath='{range .items[*]}${fields}{"\\n"}{end}'`)
  return stdout.trim().split('\n').sort().join('\n')
}

/** kadm runs on the control plane: the clock of this host stays in the year in which the certificates are valid. */
async function becomeOperator(): Promise<void> {
  await cp1.writeFile('/usr/local/bin/kadm', readFileSync(program))
  await cp1.writeFile('/root/.ssh/id_ed25519', readFileSync(await sshKey()))
  await cp1.run('chmod 0755 /usr/local/bin/kadm; chmod 0600 /root/.ssh/id_ed25519')
}

it('a cluster whose clock has moved past a year comes back with one command, with all its objects', async () => {
  await becomeOperator()
  const before = await uids()
  expect(before).toContain('ConfigMap default kept ')
  await Promise.all(machines.map(machine => machine.run('date -s "400 days"')))
  const refused = await kubectl('get nodes --request-timeout=60s')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('certificate has expired')])
  const start = performance.now()
  const hosts = `--host ${cp1.ssh()} --host ${w1.ssh('ops')} --accept-new-host-keys`
  const renew = `kadm certs renew all ${hosts} -o json --progress plain`
  const { code, stderr } = await cp1.run(renew, { check: false, timeoutMs: patienceMs })
  expect(code, stderr).toBe(0)
  say(`the cluster is renewed after ${since(start)}`)
  const ready = `kubectl --kubeconfig /etc/kubernetes/admin.conf wait --for=condition=Ready nodes --all --timeout=1h`
  await cp1.run(ready, { timeoutMs: patienceMs })
  say(`all nodes are Ready after ${since(start)}`)
  const after = new Set((await uids()).split('\n'))
  expect(before.split('\n').filter(line => !after.has(line))).toEqual([])
  const valid = 'openssl x509 -checkend 0 -noout -in'
  await cp1.run(
    `for file in /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/pki/etcd/server.crt; do ${valid} $file || exit 1; done`,
  )
  for (const machine of machines) await machine.run(`${valid} /var/lib/kubelet/pki/kubelet-client-current.pem`)
})
