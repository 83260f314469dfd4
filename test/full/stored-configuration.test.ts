import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { component } from '../lab/components.ts'
import { exec } from '../lab/exec.ts'
import { type KubernetesVersion, kubernetesVersions } from '../lab/versions.ts'
import { type Payload, readPayloads } from './stored-payloads.ts'

const payloads = readPayloads()

/**
 * kubeadm of the same minor reads everything that kadm would store: `config migrate` is strict, and prints what it
 * read.
 */
describe.each(kubernetesVersions)('kubeadm %s', version => {
  let dir: string
  let kubeadm: string

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'stored-'))
    kubeadm = join(await component('kubernetes', version), 'kubeadm')
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  it('kubeadm reads the same stored configuration from every document that kadm accepts', async () => {
    const mine = payloads.filter(payload => payload.version === version)
    expect(mine.length).toBeGreaterThan(0)
    const wrong: unknown[] = []
    for (const [i, payload] of mine.entries()) {
      const found = await readBy(kubeadm, join(dir, `${i}.yaml`), payload)
      if (found !== payload.cluster.trim()) wrong.push({ stored: payload.all, found })
    }
    expect(wrong).toEqual([])
  })
})

it('the fixtures contain configuration documents for both Kubernetes minor versions', () => {
  const count = (version: KubernetesVersion) => payloads.filter(payload => payload.version === version).length
  expect(payloads.length).toBeGreaterThan(200)
  expect(kubernetesVersions.map(count).every(found => found > 0)).toBe(true)
})

/** Returns the ClusterConfiguration as kubeadm prints it, else its error. */
async function readBy(kubeadm: string, file: string, { all }: Payload): Promise<string> {
  writeFileSync(file, all)
  const { stdout, stderr, code } = await exec(kubeadm, ['config', 'migrate', '--old-config', file], { check: false })
  return code === 0 ? (stdout.split('\n---\n')[1] ?? '').trim() : stderr
}
