import { afterAll, beforeAll, expect, it } from 'vitest'
import type { EncryptionAlgorithm } from '../../src/cluster/spec.ts'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig, oracleKubeadm } from '../lab/oracle.ts'
import { kadmBinds, kadmOn } from './kadm.ts'
import { verifierBind, verifyAll } from './verified.ts'

type Maker = 'kadm' | 'kubeadm'
const version = 'v1.37.2'
const config = '/root/init.yaml'
const names = ['api.example.test', 'any.wild.example.test', 'xn--mnchen-3ya.example', '192.0.2.7', '2001:db8::7']

/** A node without a cluster on which both tools issue, check and renew certificates. */
export interface CertificateNode {
  /** Writes the configuration, and every certificate and kubeconfig with it. */
  make(maker: Maker, algorithm: EncryptionAlgorithm): Promise<void>
  run(tool: Maker, ...args: readonly string[]): Promise<string>
  /** Verifies every certificate with openssl and Go, and compares what both tools list. Returns the serial numbers. */
  verify(): Promise<readonly string[]>
}

/** Starts the node before the tests of a file and removes it after them. */
export function useCertificateNode(name: string): CertificateNode {
  let lab: Lab
  let node: LabNode
  beforeAll(async () => {
    lab = await startLab({ name, most: { machines: 1 }, versions: [version] })
    node = await lab.startNode({ name: 'cp1', binds: [...kadmBinds, await verifierBind()] })
  })
  afterAll(() => lab?.stop())

  async function run(tool: Maker, ...args: readonly string[]): Promise<string> {
    const words = [...args, '--config', config]
    const { stdout } = await (tool === 'kadm' ? kadmOn(node, words) : node.run([oracleKubeadm(version), ...words]))
    return stdout
  }

  return {
    run,
    async make(maker, encryptionAlgorithm) {
      await node.run('rm -rf /etc/kubernetes/pki /etc/kubernetes/*.conf')
      const certSANs = names.map(one => one.replace('any.wild', '*.wild'))
      // 30 years: the certificates expire after 2050, the CAs before 2100.
      const validity = { certificateValidityPeriod: '262800h', caCertificateValidityPeriod: '613200h' }
      const cluster = { encryptionAlgorithm, apiServer: { certSANs }, ...validity }
      await node.writeFile(config, labKubeadmConfig({ version, cluster }))
      await run(maker, 'init', 'phase', 'certs', 'all')
      await run(maker, 'init', 'phase', 'kubeconfig', 'all')
    },
    async verify() {
      const check = ['certs', 'check-expiration', '-o', 'json'] as const
      const serials = await verifyAll(node, names)
      compareChecks(
        JSON.parse(await run('kubeadm', ...check)) as Info,
        JSON.parse(await run('kadm', ...check, '--no-served')) as Info,
      )
      return serials
    },
  }
}

interface Info {
  readonly certificates: readonly Entry[]
  readonly certificateAuthorities: readonly Entry[]
}
type Entry = Readonly<Record<string, unknown>> & { readonly residualTime: number; readonly problems?: unknown }

/** kadm's entries have more keys, and no problem. */
function compareChecks(theirs: Info, ours: Info): void {
  for (const list of ['certificates', 'certificateAuthorities'] as const) {
    expect(ours[list].map(common)).toEqual(theirs[list].map(common))
    expect(ours[list].flatMap(({ problems }) => problems)).toEqual([])
    for (const [i, { residualTime }] of ours[list].entries()) {
      expect(Math.abs(residualTime - (theirs[list][i]?.residualTime ?? 0))).toBeLessThan(60)
    }
  }
}

/** The tools run one after the other, so that the time left differs. */
function common({ host: _, path: __, problems: ___, residualTime: ____, ...entry }: Entry) {
  return entry
}

/** One test for each algorithm: issued by kadm, reused by kubeadm, renewed by kadm. */
export function verifiesAlgorithms(cp: CertificateNode, algorithms: readonly EncryptionAlgorithm[]): void {
  it.each(algorithms)(
    'openssl, Go and kubeadm accept all certificates that kadm issues and renews with keys of %s',
    async algorithm => {
      await cp.make('kadm', algorithm)
      const issued = await cp.verify()
      expect(await cp.run('kubeadm', 'init', 'phase', 'certs', 'all')).not.toContain('Generating')
      await cp.run('kadm', 'certs', 'renew', 'all')
      const renewed = await cp.verify()
      expect(new Set([...issued, ...renewed]).size).toBe(issued.length + renewed.length)
    },
  )
}
