import { expect, it } from 'vitest'
import { specOf } from '../../src/compose/node-spec.ts'

const node = (...addresses: readonly string[]) => ({ name: 'w1', controlPlane: false, addresses })

it.each([
  ['root@cp1:2222', ['10.0.0.2', 'fd00::2'], 'root@10.0.0.2:2222'],
  ['ops@cp1', ['fd00::2'], 'ops@[fd00::2]'],
  ['root@[fd00::1]:2222', ['fd00::2'], 'root@[fd00::2]:2222'],
  ['cp1', ['10.0.0.2'], '10.0.0.2'],
  [undefined, ['10.0.0.2'], '10.0.0.2'],
  ['root@cp1', [], undefined],
])(
  'with the first host %s, certs check-expiration --all-nodes reaches a Node with %j as %s',
  (first, addresses, spec) => {
    expect(specOf(node(...addresses), first)).toBe(spec)
  },
)
