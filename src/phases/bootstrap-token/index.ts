import { refOf } from '../../clients/kube/kube.ts'
import type { InitRequest } from '../../cluster/request.ts'
import type { BootstrapToken } from '../../cluster/spec.ts'
import { findToken } from '../../observe/cluster/bootstrap-tokens.ts'
import { readCa } from '../../observe/pki/admin-conf.ts'
import { ensureObjects, withApi } from '../../ops/api.ts'
import { ensureObject } from '../../ops/ensure-object.ts'
import { bootstrapTokenSecret } from '../../render/objects/bootstrap-token.ts'
import { clusterInfoConfigMap } from '../../render/objects/config-map.ts'
import { bootstrapRbac } from '../../render/objects/rbac.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Creates tokens for joining, the rights they need, and the public ConfigMap cluster-info. */
export const bootstrapToken: Phase<InitRequest> = {
  id: 'bootstrap-token',
  title: 'Create bootstrap tokens and publish cluster-info',
  about: 'Creates the tokens for joining and the permissions that they need, and publishes cluster-info.',
  flags: ['kubeconfig', 'skip-token-print'],
  needs: [],
  async run(ctx) {
    await Promise.all([
      ...ctx.request.bootstrapTokens.map(token => ensureToken(ctx, token)),
      ensureObjects(ctx, 'rights of joining nodes', bootstrapRbac()),
      publish(ctx),
    ])
  },
}

/** The rights of joining nodes alone: an upgrade leaves tokens and cluster-info as they are. */
export const bootstrapTokenRights: Phase = {
  id: 'bootstrap-token',
  title: 'Write the permissions of joining nodes',
  about: 'Writes the permissions of joining nodes.',
  flags: ['kubeconfig'],
  needs: [],
  run: ctx => ensureObjects(ctx, 'rights of joining nodes', bootstrapRbac()),
}

/** A generated token is replaced by one of an earlier run. A token that the operator gave is written. */
async function ensureToken(ctx: PhaseContext, wanted: BootstrapToken) {
  const now = ctx.session.startedAt
  await withApi(ctx, 'writing a bootstrap token', async kube => {
    if ((await findToken(kube, wanted, now)) !== undefined) return
    const object = bootstrapTokenSecret(wanted, now)
    const found = await kube.get(refOf(object))
    // An expired token, or one with other usages, is replaced as a whole.
    if (found === undefined) await ensureObject(kube, object)
    else await kube.update({ ...object, metadata: found.metadata })
  })
}

async function publish(ctx: PhaseContext): Promise<void> {
  const { server, caPem } = await readCa(ctx.host, ctx.request.kubeconfig)
  await ensureObjects(ctx, 'publishing cluster-info', [clusterInfoConfigMap({ server, caPem })])
}
