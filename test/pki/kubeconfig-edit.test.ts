import { expect, it } from 'vitest'
import { parseKubeconfig } from '../../src/pki/kubeconfig.ts'
import { pointAtFiles } from '../../src/pki/kubeconfig-edit.ts'
import { oracleText } from './oracle.ts'

const files = { certificate: '/pki/client.pem', key: '/pki/client.key' }
const admin = oracleText('ECDSA-P256/admin.conf')

it('pointAtFiles replaces the credentials of a kubeconfig and keeps the rest', () => {
  const before = `# mine\n${admin}extensions: [kept]\n`
  const after = pointAtFiles(before, files)
  const { clientCertFile, clientKeyFile, clientCertPem, clientKeyPem, ...rest } = parseKubeconfig(after)
  expect({ clientCertFile, clientKeyFile }).toEqual({ clientCertFile: files.certificate, clientKeyFile: files.key })
  expect([clientCertPem, clientKeyPem]).toEqual([undefined, undefined])
  expect(parseKubeconfig(before)).toMatchObject(rest)
  const lines = (text: string) => text.split('\n').filter(line => !/client-(certificate|key)/.test(line))
  expect(lines(after)).toEqual(lines(before))
})

it('pointAtFiles rejects a kubeconfig without its user, and names the file', () => {
  const before = admin.replace(/^users:.*/ms, 'users: []\n')
  const thrown = expect.objectContaining({
    code: 'KUBECONFIG_INVALID',
    message: 'x.conf has no user "kubernetes-admin"',
  })
  expect(() => pointAtFiles(before, files, 'x.conf')).toThrow(thrown)
})
