import type { Command } from 'commander'
import { profileNames } from '../../../cluster/profile-names.ts'
import { type Act, describe } from '../../command.ts'
import { OfferingArgument, OfferingOption } from '../../offers.ts'
import { addOutputOptions } from '../../options.ts'
import type { SignOptions } from './parse.ts'

const examples = `\
  kadm certs sign-csr ./cp1 --cert-dir ./offline-ca               every request below a directory
  kadm certs sign-csr apiserver.csr --ca-cert ca.crt --ca-key ca.key
  kadm certs sign-csr request.pem --name etcd-peer --cert-dir ./offline-ca --out-dir ./signed`

export function addSignCsr(certs: Command, act: Act): void {
  const sign = describe(certs.command('sign-csr'), 'sign certificate signing requests with a local CA', examples)
  const argument = new OfferingArgument('<path...>', 'requests (*.csr), or directories with requests', 'file')
  const certDir =
    'directory with ca.crt, ca.key, and the same for front-proxy-ca and etcd/ca; the name of a request selects the CA'
  addOutputOptions(sign)
    .addArgument(argument)
    .addOption(new OfferingOption('--cert-dir <dir>', certDir, 'directory'))
    .addOption(new OfferingOption('--ca-cert <path>', 'certificate of the CA that signs all requests', 'file'))
    .addOption(new OfferingOption('--ca-key <path>', 'private key of the CA that signs all requests', 'file'))
    .addOption(
      new OfferingOption(
        '--name <name>',
        'what the certificate is for, if the name of the file does not say it',
        profileNames,
      ),
    )
    .option('--node-name <name>', 'sign only for the node with this name')
    .option('--validity-period <duration>', 'validity period of the certificates', '8760h0m0s')
    .addOption(
      new OfferingOption(
        '--out-dir <dir>',
        'directory for the certificates (default: next to each request)',
        'directory',
      ),
    )
    .option('--force', 'replace existing certificates')
    .action(
      act(async () => {
        const { runSignCsr } = await import('./sign-csr.ts')
        return (paths: readonly string[], options: SignOptions) => runSignCsr(paths, options)
      }),
    )
}
