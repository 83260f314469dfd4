import { controlPlaneImages } from '../../cluster/images.ts'
import { KadmError, type Problem } from '../../errors/kadm-error.ts'
import { missingImages, pullImages } from '../../ops/pull-images.ts'
import type { Phase, PhaseContext } from '../phase.ts'

/** Pulls the control plane images on a host according to imagePullPolicy, which kubeadm's command ignores. */
export const imagesPull: Phase = {
  id: 'images/pull',
  title: 'Pull the images of the control plane',
  about: 'Pulls the images of a control plane to each host, as imagePullPolicy says.',
  kubeadm: 'none',
  async run(ctx) {
    const { cluster, node, session } = ctx
    const cri = await ctx.cri()
    const images = controlPlaneImages(cluster.config)
    const missing = await missingImages(cri, images)
    if (node.imagePullPolicy === 'Never') return refuseMissing(ctx, missing)
    const wanted = node.imagePullPolicy === 'Always' ? images : missing
    const report = (text: string) => ctx.report({ kind: 'progress', text })
    report(`${wanted.length} of ${images.length} images are to be pulled`)
    const how = { cri, images: wanted, serial: node.imagePullSerial, signal: session.signal, report }
    const problems = await pullImages(how)
    if (problems.length > 0) throw lacking(node.name, problems)
  },
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
