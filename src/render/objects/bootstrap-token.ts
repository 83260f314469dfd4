import type { KubeObject } from '../../cluster/kube-object.ts'
import type { BootstrapToken } from '../../cluster/spec.ts'
import { KadmError } from '../../errors/kadm-error.ts'
import { inKubeSystem } from './rbac.ts'

/**
 * Renders the Secret of a bootstrap token. It expires `ttl` after `now` unless the token sets the time. Throws
 * CONFIG_INVALID for an invalid token.
 */
export function bootstrapTokenSecret(token: BootstrapToken, now: Date): KubeObject {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(token.token.reveal()) ?? []
  if (id === undefined || secret === undefined) {
    throw new KadmError('CONFIG_INVALID', 'the bootstrap token does not have the form [a-z0-9]{6}.[a-z0-9]{16}', {
      hint: 'make one with `kadm token generate`',
    })
  }
  const expires = token.expires ?? (token.ttl > 0 ? new Date(now.getTime() + token.ttl) : undefined)
  const fields = {
    'auth-extra-groups': token.groups.join(','),
    description: token.description ?? '',
    expiration: expires === undefined ? '' : wholeSeconds(expires),
    'token-id': id,
    'token-secret': secret,
    ...Object.fromEntries(token.usages.map(usage => [`usage-bootstrap-${usage}`, 'true'])),
  }
  const data = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: inKubeSystem(`bootstrap-token-${id}`),
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(data),
  }
}

/** Formats RFC 3339 in UTC without fractions: `2026-01-02T03:04:05Z`. */
function wholeSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
