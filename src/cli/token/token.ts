import { journaledKube } from '../../clients/kube/journaled.ts'
import type { Kube } from '../../clients/kube/kube.ts'
import { given } from '../../cluster/given.ts'
import type { JsonObject } from '../../cluster/json.ts'
import { type OpenedApi, openApi } from '../../compose/api.ts'
import { connectTo } from '../../compose/machines.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { readTokens } from '../../observe/cluster/bootstrap-tokens.ts'
import { deleteToken } from '../../ops/bootstrap-token.ts'
import { newBootstrapToken } from '../../pki/bootstrap-token.ts'
import { presentResult } from '../../ui/present-result.ts'
import { tokenTable, wholeSeconds } from '../../ui/token-table.ts'
import { kubeconfigPath } from '../kubeconfig-path.ts'
import { type CommonOptions, readOwnText } from '../options.ts'
import { outputVersion, printObjects } from '../output-objects.ts'
import { reportOf, showError } from '../report-error.ts'

/** Options of every `token` command. */
export interface TokenOptions extends CommonOptions {
  readonly kubeconfig?: string
  readonly dryRun?: boolean
}

/** Calls `act` with the API that the options name. A dry run prints the changes to stderr. Throws USAGE. */
export async function withTokenApi<T>(options: TokenOptions, act: (api: OpenedApi) => Promise<T>): Promise<T> {
  const [spec, ...more] = options.host ?? []
  if (more.length > 0) throw new KadmError('USAGE', 'give exactly one --host: a control plane host of the cluster')
  const path = kubeconfigPath(given({ given: options.kubeconfig, remote: spec !== undefined }))
  const host = await connectTo(spec, options)
  try {
    const api = await openApi(host, path, { dryRun: options.dryRun === true })
    try {
      return await act({ ...api, kube: options.dryRun === true ? reporting(api.kube) : api.kube })
    } finally {
      api.kube.close()
    }
  } finally {
    await host.close()
  }
}

function reporting(kube: Kube): Kube {
  return journaledKube(kube, ({ what, after }) => {
    process.stderr.write(`would ${after === undefined ? 'delete' : 'write'} ${what}\n`)
  })
}

/** Returns a bootstrap token in kubeadm's machine-readable form. */
export function tokenObject(token: {
  readonly token: string
  readonly description?: string
  readonly expires?: Date
  readonly usages: readonly string[]
  readonly groups: readonly string[]
}): JsonObject {
  const { description, expires, usages, groups } = token
  return {
    kind: 'BootstrapToken',
    apiVersion: outputVersion,
    token: token.token,
    ...(description ? { description } : {}),
    ...given({ expires: expires && wholeSeconds(expires) }),
    ...(usages.length === 0 ? {} : { usages }),
    ...(groups.length === 0 ? {} : { groups }),
  }
}

/** `kadm token list` */
export async function runTokenList(options: TokenOptions): Promise<number> {
  const { tokens, broken } = await withTokenApi(options, ({ kube }) => readTokens(kube))
  for (const { name, reason } of broken) {
    process.stderr.write(`warning: the Secret kube-system/${name} is left out: ${reason}\n`)
  }
  const shown = tokens.map(token => ({ ...token, token: token.token.reveal() }))
  const { output } = options
  process.stdout.write(output === 'text' ? tokenTable(shown, new Date()) : printObjects(shown.map(tokenObject), output))
  return 0
}

/** `kadm token delete`: takes IDs or tokens; `-` reads them from stdin. Checks all of them before it deletes one. */
export async function runTokenDelete(words: readonly string[], options: TokenOptions): Promise<number> {
  const given = words.flatMap(word => (word === '-' ? readOwnText('-', 'token delete').split(/\s+/) : [word]))
  const ids = [...new Set(given.filter(Boolean).map(idOf))]
  if (ids.length === 0) throw formError('missing argument: the token or token ID to delete')
  const found = await withTokenApi(options, ({ kube }) => Promise.all(ids.map(id => deleteToken(kube, id))))
  return reportDeleted(ids, found, options)
}

/** Prints what happened to each ID, with the error if the cluster does not have all of them. Returns the exit code. */
export function reportDeleted(
  ids: readonly string[],
  found: readonly boolean[],
  asked: Pick<CommonOptions, 'output' | 'v' | 'host'>,
): number {
  const options = { ...asked, onControlPlane: true }
  const deleted = ids.filter((_, i) => found[i] === true)
  const missing = ids.filter((_, i) => found[i] !== true)
  const error = missing.length === 0 ? undefined : notThere(missing)
  const result = { deleted, ...given({ error: error && reportOf(error, options) }) }
  const textOf = () => deleted.map(id => `bootstrap token "${id}" deleted\n`).join('')
  process.stdout.write(presentResult(result, options.output, textOf))
  return error === undefined ? 0 : showError(error, options)
}

function notThere(ids: readonly string[]): KadmError {
  const names = ids.map(id => `"${id}"`).join(', ')
  return new KadmError('API_REFUSED', `failed to delete bootstrap token ${names}: no token with this ID exists`, {
    hint: 'run `kadm token list` to see the tokens',
    status: 404,
  })
}

function idOf(word: string): string {
  const id = /^([a-z0-9]{6})(\.[a-z0-9]{16})?$/.exec(word)?.[1]
  if (id === undefined) throw formError('the argument is neither a token nor a token ID')
  return id
}

function formError(message: string): KadmError {
  return new KadmError('USAGE', message, {
    hint: 'use token IDs ([a-z0-9]{6}) or full tokens ([a-z0-9]{6}.[a-z0-9]{16})',
  })
}

/** `kadm token generate`: connects to no host. */
export async function runTokenGenerate({ output }: Pick<CommonOptions, 'output'>): Promise<number> {
  const token = newBootstrapToken().reveal()
  process.stdout.write(presentResult({ token }, output, () => `${token}\n`))
  return 0
}
