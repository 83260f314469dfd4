import { type AddCommand, describe } from '../command.ts'
import { addOutputOptions, type CommonOptions } from '../options.ts'
import { addApprove } from './approve/command.ts'
import { addCheckExpiration } from './check-expiration/command.ts'
import { addGenerateCsr } from './generate-csr/command.ts'
import { addImport } from './import/command.ts'
import { addKubeletServing } from './kubelet-serving/command.ts'
import { addRenew } from './renew/command.ts'
import { addRotateCa } from './rotate-ca/command.ts'
import { addRotateSa } from './rotate-sa/command.ts'
import { addSignCsr } from './sign-csr/command.ts'

const examples = `\
  kadm certs check-expiration --host cp1 --all-nodes    when the certificates of every node expire
  kadm certs renew all                                  every certificate of this control plane
  kadm certs certificate-key >key`
const keyExamples = `\
  kadm certs certificate-key >key
  kadm init phase upload-certs --upload-certs --certificate-key-file ./key`

export const addCerts: AddCommand = (program, act) => {
  const certs = describe(program.command('certs'), 'manage the certificates of a cluster', examples).alias(
    'certificates',
  )
  addCheckExpiration(certs, act)
  addRenew(certs, act)
  addApprove(certs, act)
  addKubeletServing(certs, act)
  addGenerateCsr(certs, act)
  addSignCsr(certs, act)
  addImport(certs, act)
  addRotateCa(certs, act)
  addRotateSa(certs, act)
  const key = certs.command('certificate-key')
  addOutputOptions(describe(key, 'print a random key for encrypting control plane certificates', keyExamples)).action(
    act(async () => {
      const { runCertificateKey } = await import('./certificate-key.ts')
      return (options: CommonOptions) => runCertificateKey(options)
    }),
  )
}
