import { addonImages, controlPlaneImages } from '../../cluster/images.ts'
import { KadmError, type Problem } from '../../errors/kadm-error.ts'
import { missingImages, pullImages } from '../../ops/pull-images.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Pulls the control plane images on a host according to imagePullPolicy, which kubeadm's command ignores. */
export const imagesPull: Phase = {
  id: 'images/pull',
  title: 'Pull the images of the control plane',
  about: 'Pulls the images of a control plane to each host, as imagePullPolicy says.',
  kubeadm: 'none',
  run: ctx => pull(ctx, controlPlaneImages(ctx.cluster.config)),
}

/** Before the first node of a cluster is upgraded, so that add-ons start on workers without a wait. */
export const imagesPullAddons: Phase = {
  id: 'images/pull-addons',
  title: 'Pull the images of kube-proxy and CoreDNS',
  about: 'Pulls the images of the add-ons to a worker; preflight does so on a control plane.',
  kubeadm: 'none',
  skip({ node }) {
    if (node.role === 'control-plane') return 'preflight has pulled them'
    const ignored = node.ignorePreflightErrors.some(name => ['all', 'imagepull'].includes(name.toLowerCase()))
    return ignored ? 'ImagePull is ignored' : undefined
  },
  run: ctx => pull(ctx, addonImages(ctx.cluster.config)),
}

async function pull(ctx: PhaseContext, images: readonly string[]): Promise<void> {
  const { node, session } = ctx
  const cri = await ctx.cri()
  const missing = await missingImages(cri, images)
  if (node.imagePullPolicy === 'Never') return refuseMissing(ctx, missing)
  const wanted = node.imagePullPolicy === 'Always' ? images : missing
  const report = (text: string) => ctx.report({ kind: 'progress', text })
  report(`${wanted.length} of ${images.length} images are to be pulled`)
  const how = { cri, images: wanted, serial: node.imagePullSerial, signal: session.signal, report }
  const problems = await pullImages(how)
  if (problems.length > 0) throw lacking(node.name, problems)
}

function refuseMissing({ node }: PhaseContext, missing: readonly string[]): void {
  const problems = missing.map(image => ({ message: `${image} is not on the host` }))
  if (problems.length === 0) return
  throw lacking(node.name, problems, 'imagePullPolicy is Never: import them into the container runtime, or change it')
}

function lacking(name: string, problems: readonly Problem[], hint?: string): KadmError {
  const count = problems.length === 1 ? 'an image' : `${problems.length} images`
  return new KadmError('CRI_FAILED', `${name} lacks ${count}`, { problems, hint })
}
