import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Here, ignoring } from '../e2e/kadm.ts'
import { kubectl, untilReady } from '../e2e/observe.ts'
import { old, startOldCluster, tagsOf, target } from '../e2e/old-cluster.ts'
import type { Lab, LabNode } from '../lab/lab.ts'

let lab: Lab
let here: Here
let cp: LabNode

beforeAll(async () => {
  ;({ lab, here, cp } = await startOldCluster({ name: 'rollback', untainted: true }))
})
afterAll(() => lab?.stop())

const uids = async () => {
  const fields = '{.metadata.uid} {.metadata.name}{"\\n"}'
  const text = await kubectl(cp, `get ns,sa,cm,svc,deploy,ds -A -o jsonpath='{range .items[*]}${fields}{end}'`)
  return text.trim().split('\n').sort()
}

describe('an upgrade to a version that does not start', () => {
  it.each(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])(
    'the control plane whose %s does not start has the earlier version again, with the same objects',
    async component => {
      const before = await uids()
      const patches = join(here.home, 'patches')
      await rm(patches, { recursive: true, force: true })
      await mkdir(patches)
      const patch = '[{op: add, path: /spec/containers/0/command/-, value: --no-such-flag=1}]'
      await writeFile(join(patches, `${component}+json.yaml`), patch)
      const words = ['upgrade', 'apply', target, '-y', '--host', cp.ssh(), ...ignoring, '--patches', patches]
      const { code, stderr } = await here.run([...words, '--rollback-on-failure', '--progress', 'plain'])
      expect(code, stderr).toBe(7)
      expect(stderr).toMatch(/no-such-flag/)
      expect(stderr).toContain(`cp1 was rolled back to ${old}`)
      expect(await tagsOf(cp)).toEqual(['3.6.8-0', old, old, old])
      await untilReady(cp, ['cp1'])
      // The later version creates objects of its own.
      const now = new Set(await uids())
      expect(before.filter(line => !now.has(line))).toEqual([])
    },
  )
})
