import type { InitRequest } from '../../cluster/request.ts'
import { secret } from '../../cluster/secret.ts'
import { findToken } from '../../observe/cluster/bootstrap-tokens.ts'
import { readCa } from '../../observe/pki/admin-conf.ts'
import { withApi } from '../../ops/api.ts'
import { parseCertificates, spkiHash } from '../../pki/certificate.ts'
import type { Phase } from '../phase.ts'

/** Reports how other nodes join: endpoint, CA hashes and tokens, as parts of the join commands. */
export const showJoinCommand: Phase<InitRequest> = {
  id: 'show-join-command',
  title: 'Print the join commands',
  about: 'Collects what other nodes need to join, for the answer on stdout.',
  flags: ['control-plane-endpoint', 'kubeconfig', 'skip-token-print'],
  needs: [],
  async run(ctx) {
    const { request } = ctx
    const { server, caPem } = await readCa(ctx.host, request.kubeconfig)
    ctx.report({ kind: 'result', key: 'endpoint', value: server.replace(/^https:\/\/|\/$/g, '') })
    for (const ca of parseCertificates(caPem)) ctx.report({ kind: 'result', key: 'caCertHash', value: spkiHash(ca) })
    const tokens = await withApi(ctx, 'reading bootstrap tokens', kube =>
      Promise.all(request.bootstrapTokens.map(token => findToken(kube, token, ctx.session.startedAt))),
    )
    for (const found of tokens) {
      if (found !== undefined) ctx.report({ kind: 'result', key: 'token', value: secret(found.token.reveal()) })
    }
  },
}
