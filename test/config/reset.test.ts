import { expect, it } from 'vitest'
import { parseReset } from '../../src/config/reset.ts'
import { problemsOf } from './broken.ts'

const file = (body: string) => ({
  path: 'reset.yaml',
  text: `apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\n${body}`,
})

it('fills in what a ResetConfiguration leaves open', () => {
  const { config } = parseReset(file('criSocket: /run/x.sock\nignorePreflightErrors: [Swap, swap]\n'))
  expect(config).toMatchObject({
    certificatesDir: '/etc/kubernetes/pki',
    criSocket: 'unix:///run/x.sock',
    force: false,
    ignorePreflightErrors: ['swap'],
    timeouts: { etcdAPICall: 120_000 },
  })
})

it('needs no file', () => {
  expect(parseReset().config.unmountFlags).toEqual([])
})

it('names all faults of a ResetConfiguration', () => {
  const body = 'certificatesDir: pki\ncriSocket: tcp://x\nunmountFlags: [MNT_FORCE, MNT_X]\n'
  expect(problemsOf(() => parseReset(file(body))).map(({ field, line }) => [field, line])).toEqual([
    ['ResetConfiguration.certificatesDir', 3],
    ['ResetConfiguration.criSocket', 4],
    ['ResetConfiguration.unmountFlags[1]', 5],
  ])
})
