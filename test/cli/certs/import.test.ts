import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { readBrought } from '../../../src/cli/certs/import/brought.ts'
import { importResult, importText } from '../../../src/cli/certs/import/result.ts'
import type { RunReport } from '../../../src/cli/run/run-plan.ts'
import { runKadm } from '../run-kadm.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/pki/ECDSA-P256', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'kadm-import-'))
afterAll(() => rmSync(root, { recursive: true }))

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(root, 'case-'))
  mkdirSync(join(dir, 'etcd'))
})
const put = (...names: readonly string[]) => {
  for (const name of names) cpSync(join(fixtures, name), join(dir, name))
}
const named = ({ certificates, cas }: ReturnType<typeof readBrought>) => [
  ...cas.map(({ name }) => name),
  ...certificates.map(({ name, key, kubeconfig }) =>
    [name, key && 'key', kubeconfig && 'kubeconfig'].filter(Boolean).join(' '),
  ),
]

describe('the files of certs import', () => {
  it('import reads the certificates below a directory with the keys and kubeconfigs next to them', () => {
    put('ca.crt', 'etcd/ca.crt', 'apiserver.crt', 'etcd/peer.crt', 'etcd/peer.key', 'scheduler.conf')
    writeFileSync(join(dir, 'notes.txt'), 'x')
    writeFileSync(join(dir, 'apiserver.csr'), 'x')
    expect(named(readBrought([dir]))).toEqual([
      'ca',
      'etcd-ca',
      'apiserver',
      'etcd-peer key',
      'scheduler.conf key kubeconfig',
    ])
  })

  it('import takes the certificate next to a completed kubeconfig once', () => {
    put('scheduler.conf')
    cpSync(join(fixtures, 'apiserver.crt'), join(dir, 'scheduler.conf.crt'))
    const { certificates } = readBrought([dir])
    expect(certificates.map(({ from }) => from)).toEqual([join(dir, 'scheduler.conf.crt')])
    expect(certificates[0]?.key).toBeDefined()
  })

  it('import leaves out a kubeconfig that has no certificate yet', () => {
    put('apiserver.crt')
    writeFileSync(join(dir, 'admin.conf'), 'clusters: [{name: a, cluster: {server: "https://x"}}]')
    expect(named(readBrought([dir]))).toEqual(['apiserver'])
  })

  it.each([
    ['no argument', [], /missing required argument/],
    ['several hosts', ['{dir}/apiserver.crt', '--host', 'a', '--host', 'b'], /exactly one --host/],
    ['a file that does not exist', ['{dir}/etcd-peer.crt'], /cannot read/],
    ['a file with another name', ['{dir}/server.pem'], /server\.pem is not the name of a certificate of kubeadm/],
    ['a directory without certificates', ['{dir}'], /there are no certificates/],
    ['two files for one name', ['{dir}/apiserver.crt', '{dir}/apiserver'], /are both for apiserver/],
    ['a kubeconfig without a certificate', ['{dir}/admin.conf'], /holds no client certificate/],
  ])('certs import rejects %s before it reaches a host', async (_, argv, says) => {
    const files =
      argv.length === 1 && argv[0] === '{dir}'
        ? {}
        : {
            'apiserver.crt': 'x',
            apiserver: 'x',
            'server.pem': 'x',
            'admin.conf': 'clusters: [{name: a, cluster: {server: "https://x"}}]',
          }
    const { code, stderr } = await runKadm(['certs', 'import', ...argv], files)
    expect(code).toBe(2)
    expect(stderr).toMatch(says)
  })
})

describe('the result of certs import', () => {
  const report = (...values: readonly (readonly [string, string])[]) =>
    ({
      values: values.map(([key, value]) => ({ node: 'cp1', key, value })),
      ...{ changes: [], warnings: [], seconds: 1 },
    }) as unknown as RunReport
  const expires = '2027-01-02T03:04:05.000Z'

  it('certs import lists what was installed, what was restarted, and that it is in use', () => {
    const values = report(
      ['ca', 'etcd-ca'],
      ['unchanged', `admin.conf ${expires}`],
      ['imported', `etcd-peer ${expires}`],
      ['restarted', 'kube-scheduler'],
      ['inUse', 'cp1'],
    )
    expect(importText(importResult('cp1', true, values))).toBe(`etcd/ca.crt imported
etcd/peer.crt imported, expires on 2027-01-02
admin.conf unchanged, expires on 2027-01-02
kube-scheduler restarted

All components use the certificates in their files.
`)
  })

  it('certs import with --no-restart names what must be restarted', () => {
    const result = importResult('cp1', true, report(['imported', `apiserver ${expires}`]))
    expect(importText(result)).toMatch(/^apiserver\.crt imported.*\n\nRestart the kube-apiserver, /)
    expect(result).toMatchObject({ inUse: false, running: true, certificates: [{ name: 'apiserver', expires }] })
  })

  it('certs import on a host without an API server ends with the files', () => {
    expect(importText(importResult('cp1', false, report(['imported', `apiserver ${expires}`])))).toBe(
      'apiserver.crt imported, expires on 2027-01-02\n',
    )
  })
})
