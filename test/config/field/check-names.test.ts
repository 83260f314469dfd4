import { expect, it } from 'vitest'
import { isCheckName, warnOfIgnored } from '../../../src/config/field/check-names.ts'
import { parseInit } from '../../../src/config/init.ts'
import { parseReset } from '../../../src/config/reset.ts'
import { checkNames } from '../../../src/phases/preflight/check-names.ts'

it.each([
  'Swap',
  'swap',
  'Port-6443',
  'FileAvailable--etc-kubernetes-kubelet.conf',
  'FileExisting-losetup',
  ...checkNames.map(name => name.replace(/-N$/, '-10250').replace(/-P$/, '--etc-x')),
])('%s is a known name of a preflight check', name => {
  expect(isCheckName(name, checkNames)).toBe(true)
  expect(warnOfIgnored([name.toLowerCase()], checkNames)).toEqual([])
})

it.each([
  ['numcpus', 'did you mean NumCPU?'],
  ['clockskw', 'did you mean ClockSkew?'],
  ['port-x', 'ignoring it has no effect'],
])('the unknown preflight check %s produces a warning', (name, expected) => {
  expect(warnOfIgnored([name], checkNames)).toEqual([expect.stringContaining(expected)])
})

it('all as an ignored preflight check produces no warning', () => {
  expect(warnOfIgnored(['all'], checkNames)).toEqual([])
})

it('an unknown preflight check produces a warning on init and on reset', () => {
  const flags = { 'ignore-preflight-errors': ['Swp'] }
  const { warnings } = parseInit({
    ...{ flags, checkNames, startedAt: new Date() },
    randomToken: () => 'abcdef.0123456789abcdef',
  })
  expect(warnings).toEqual([expect.stringContaining('"swp"')])
  const text = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\nignorePreflightErrors: [Swp]\n'
  expect(parseReset({ file: { path: 'r.yaml', text }, flags: {}, checkNames }).warnings).toEqual([
    expect.stringContaining('"swp"'),
  ])
})
