import { given } from '../../cluster/given.ts'
import { type Secret, secret } from '../../cluster/secret.ts'
import type { BootstrapToken } from '../../cluster/spec.ts'
import type { OpenedApi } from '../../compose/api.ts'
import type { FlagValues } from '../../config/flags/flag.ts'
import { parseTokenCreate } from '../../config/token-create.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { createToken } from '../../ops/bootstrap-token.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { parseCertificates, spkiHash } from '../../pki/certificate.ts'
import { type JoinCommand, renderJoinCommandLine } from '../../render/join-command.ts'
import { readConfigFile, readOwnText } from '../options.ts'
import { printObjects } from '../output-objects.ts'
import { type TokenOptions, tokenObject, withTokenApi } from './token.ts'

export interface TokenCreateOptions extends TokenOptions {
  readonly config?: string
  readonly tokenFile?: string
  readonly printJoinCommand?: boolean
  readonly certificateKey?: string
  readonly certificateKeyFile?: string
}

/** `kadm token create`: validates all input, and builds the join command if requested, before it writes anything. */
export async function runTokenCreate(
  word: string | undefined,
  options: TokenCreateOptions,
  flags: FlagValues,
): Promise<number> {
  const now = new Date()
  const token = secretFrom('the token', word, options.tokenFile, '--token-file')
  const key = secretFrom(
    'the certificate key',
    options.certificateKey,
    options.certificateKeyFile,
    '--certificate-key-file',
  )
  if (key !== undefined && options.printJoinCommand !== true) {
    throw new KadmError('USAGE', 'cannot use --certificate-key without --print-join-command', {
      hint: 'the key is only used in the printed join command: add --print-join-command',
    })
  }
  const tokens = parseTokenCreate({
    ...readConfigFile(options.config),
    ...given({ token, certificateKey: key }),
    flags,
    startedAt: now,
    randomToken: () => newBootstrapToken().reveal(),
  })
  const join = await withTokenApi(options, async api => {
    const command = options.printJoinCommand === true ? joinCommandOf(api, key) : undefined
    for (const one of tokens) await createToken(api.kube, one, now)
    return command
  })
  process.stdout.write(present(tokens, join, options, now))
  return 0
}

/** Returns a secret from argv, from a file, or with `-` from stdin. */
function secretFrom(
  what: string,
  word: string | undefined,
  file: string | undefined,
  flag: string,
): Secret | undefined {
  if (word !== undefined && file !== undefined) {
    throw new KadmError('USAGE', `${what} is set twice`, {
      hint: `use only ${flag}: arguments are visible in the process list`,
    })
  }
  if (file !== undefined) return secret(readOwnText(file, flag).trim())
  return word === undefined ? undefined : secret(word === '-' ? readOwnText('-', flag).trim() : word)
}

/** Builds the join command for a token. Everything except the token comes from the kubeconfig. */
function joinCommandOf({ server, caPem }: OpenedApi, key: Secret | undefined): (token: string) => string {
  if (caPem === undefined) {
    throw new KadmError('KUBECONFIG_INVALID', 'no CA certificates found in kubeconfig', {
      hint: 'use another file with --kubeconfig, such as /etc/kubernetes/admin.conf of a control plane node',
    })
  }
  const parts: Omit<JoinCommand, 'token'> = {
    endpoint: server.replace('https://', ''),
    hashes: parseCertificates(caPem).map(spkiHash),
    ...given({ controlPlane: key && { certificateKey: key.reveal() } }),
  }
  return token => renderJoinCommandLine({ ...parts, token })
}

function present(
  tokens: readonly BootstrapToken[],
  join: ((token: string) => string) | undefined,
  { output }: TokenCreateOptions,
  now: Date,
): string {
  if (output === 'text') {
    return tokens.map(({ token }) => `${join === undefined ? token.reveal() : join(token.reveal())}\n`).join('')
  }
  const objects = tokens.map(({ token, ttl, ...rest }) => {
    const expires = rest.expires ?? (ttl > 0 ? new Date(now.getTime() + ttl) : undefined)
    const object = tokenObject({ ...rest, token: token.reveal(), ...given({ expires }) })
    return { ...object, ...given({ joinCommand: join?.(token.reveal()).trim() }) }
  })
  return printObjects(objects, output)
}
