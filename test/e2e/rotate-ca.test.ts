import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { answerHere, type Here, ignoring, kadmHere } from './kadm.ts'
import { killAt, startHere } from './killing.ts'
import { kubectl } from './observe.ts'

let lab: Lab
let here: Here
let cp: LabNode
const version = 'v1.37.2'
const pki = '/etc/kubernetes/pki'

beforeAll(async () => {
  lab = await startLab({ name: 'rotation', most: { controlPlanes: 1 }, versions: [version] })
  here = await kadmHere(lab)
  cp = await lab.startNode({ name: 'cp1' })
  const config = join(here.home, 'init.yaml')
  await writeFile(config, labKubeadmConfig({ version, cluster: { encryptionAlgorithm: 'ECDSA-P256' } }))
  await answerHere(here, ['init', '--host', cp.ssh(), '--config', config, ...ignoring])
})
afterAll(() => lab?.stop())

const commandOf = (step: string) => ['certs', 'rotate-ca', step, '-y', '--ca', 'cluster', '--host', cp.ssh()]
const rotate = (step: string) => answerHere(here, commandOf(step))

async function fingerprint(): Promise<string> {
  return (await cp.run(`openssl x509 -in ${pki}/ca.crt -noout -fingerprint -sha256`)).stdout
}

/** Verifies the certificates of the CA with openssl, and that the CA and they belong to their keys. */
async function verified(): Promise<void> {
  const names = ['apiserver', 'apiserver-kubelet-client', 'ca']
  const lines = names.map(
    name => `openssl verify -x509_strict -CAfile ca.crt ${name}.crt
[ "$(openssl x509 -in ${name}.crt -noout -pubkey)" = "$(openssl pkey -in ${name}.key -pubout)" ]`,
  )
  await cp.run(`set -e; cd ${pki}\n${lines.join('\n')}
openssl verify -CAfile ca.crt /var/lib/kubelet/pki/kubelet-client-current.pem`)
}

describe('certs rotate-ca on a real node', () => {
  it('the CA of the cluster is replaced, also if a step is killed, and credentials of the old one are refused', async () => {
    const old = await fingerprint()
    await cp.run('cp /etc/kubernetes/admin.conf /root/old-admin.conf')
    await rotate('prepare')
    await verified()
    // The run repeats what prepare did before it reissues anything.
    const reissuing = { type: 'step-done', phase: 'rotate-ca/prove', afterMs: 1500 } as const
    await killAt(startHere(here, commandOf('reissue')), reissuing)
    await verified()
    await rotate('reissue')
    await verified()
    await rotate('distrust')
    await verified()
    expect(await fingerprint()).not.toBe(old)
    await cp.run(`[ ! -e ${pki}/rotation ]`)
    const insecure = 'get nodes --kubeconfig /root/old-admin.conf --insecure-skip-tls-verify'
    await expect(kubectl(cp, insecure)).rejects.toThrow(/Unauthorized|must be logged in/)
    expect(await kubectl(cp, 'get nodes -o name')).toBe('node/cp1\n')
    await cp.run([oracleKubeadm(version), 'certs', 'renew', 'all'])
    await verified()
  })
})
