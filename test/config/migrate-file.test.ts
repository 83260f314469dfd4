import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { migrateFile } from '../../src/config/migrate-file.ts'
import { toYaml } from '../../src/yaml/write.ts'
import { makeFacts } from '../fixtures/cluster.ts'

const root = new URL('../fixtures/config-commands/migrate/', import.meta.url)
const migrate = (text: string) =>
  migrateFile({
    file: { path: 'old.yaml', text },
    facts: makeFacts({ hostname: 'This-Machine', criSockets: ['unix:///var/run/containerd/containerd.sock'] }),
    kubelet: undefined,
    startedAt: new Date(0),
    randomToken: () => 'drawnn.0123456789abcdef',
  })

describe('config migrate', () => {
  it.each(readdirSync(root))('config migrate writes the same file as kubeadm v1.37.2: %s', name => {
    const read = (file: string) => readFileSync(new URL(`${name}/${file}`, root), 'utf8')
    expect(migrate(read('old.yaml')).map(toYaml).join('---\n')).toBe(read('new.yaml'))
  })

  it('config migrate does not change a file that is already migrated', () => {
    for (const name of readdirSync(root)) {
      const text = readFileSync(new URL(`${name}/new.yaml`, root), 'utf8')
      expect(migrate(text).map(toYaml).join('---\n')).toBe(text)
    }
  })

  it('config migrate adds the facts of the host and a generated token', () => {
    const [init] = migrate('apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n')
    expect(init).toMatchObject({
      bootstrapTokens: [{ token: 'drawnn.0123456789abcdef' }],
      localAPIEndpoint: { advertiseAddress: '10.77.0.11' },
      nodeRegistration: { name: 'this-machine', criSocket: 'unix:///var/run/containerd/containerd.sock' },
    })
  })

  it('config migrate returns no documents for an empty file', () => {
    expect(migrate('')).toEqual([])
  })
})
