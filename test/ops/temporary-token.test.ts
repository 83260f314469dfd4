import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../src/clients/kube/fake.ts'
import { secret } from '../../src/cluster/secret.ts'
import { KadmError } from '../../src/errors/kadm-error.ts'
import { makeTemporaryToken } from '../../src/ops/temporary-token.ts'
import { makeUntil } from '../../src/pipeline/until.ts'

const until = makeUntil(new AbortController().signal)
const hasty: typeof until = (what, probe, opts) => until(what, probe, { ...opts, timeoutMs: 50, intervalMs: 1 })

/**
 * Removes a token through an API server with this number of failures; returns the warnings and the remaining tokens.
 */
async function removing(failures: number, error: KadmError) {
  let left = failures
  const kube = fakeKube({ fail: ({ verb }) => (verb === 'remove' && left-- > 0 ? error : undefined) })
  const made = await makeTemporaryToken(kube, secret('abcdef.0123456789abcdef'), new Date())
  const reported: string[] = []
  await made.remove({ until: hasty, warn: text => reported.push(text) })
  return { reported, left: kube.objects().length }
}

describe('the temporary token of a join', () => {
  it('the temporary token of a join is deleted at the end, even after an API server was briefly not ready', async () => {
    const busy = new KadmError('API_REFUSED', 'not ready', { status: 503 })
    expect(await removing(2, busy)).toEqual({ reported: [], left: 0 })
  })

  it.each(['API_UNREACHABLE', 'HOST_UNREACHABLE'] as const)(
    'a join succeeds when its temporary token cannot be deleted, and reports %s',
    async code => {
      const { reported } = await removing(Number.POSITIVE_INFINITY, new KadmError(code, 'the balancer does not answer'))
      expect(reported).toEqual([expect.stringMatching(/expires within 15 minutes: .*balancer does not answer/)])
    },
  )
})
