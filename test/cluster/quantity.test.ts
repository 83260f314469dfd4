import { expect, it } from 'vitest'
import { formatQuantity } from '../../src/cluster/quantity.ts'

/** Left as written, right as Go prints it: recorded from the kubelet's reservedMemory in kubeadm. */
it.each([
  ['0', '0'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1e3', '1e3'],
  ['12e6', '12e6'],
  ['0.5Ki', '512'],
  ['0.1Ki', '102400m'],
  ['1000000k', '1G'],
  ['0.1n', '1n'],
  ['-0.5', '-500m'],
  ['2048', '2048'],
])('formatQuantity writes the quantity %s as %s', (text, canonical) => {
  expect(formatQuantity(text)).toBe(canonical)
})

it.each(['', '1 Gi', '1GiB', 'x', '--1'])('formatQuantity returns undefined for the invalid quantity "%s"', text => {
  expect(formatQuantity(text)).toBeUndefined()
})
