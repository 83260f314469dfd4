import type { StaticPodComponent } from '../../cluster/components.ts'
import { paths } from '../../cluster/paths.ts'
import type { UpgradeRequest } from '../../cluster/request.ts'
import { upgradedPods } from '../../observe/cluster/upgraded-pods.ts'
import type { ControlPlanePhase } from '../phase.ts'
import { waitForStaticPod } from '../static-pod-wait.ts'
import { renewNamed } from './renew-certificates.ts'
import { endDowngrade, replaceEtcd, replacePod } from './replace.ts'

/** Replaces one static pod: renews its certificates, writes its manifest, and waits until it is healthy. */
function replacement(name: string, component: StaticPodComponent): ControlPlanePhase<UpgradeRequest> {
  return {
    id: `control-plane/${name}`,
    title: `Replace the static pod of ${component}`,
    about: `Replaces the static pod of ${component} if the target version changes it, and renews its certificates. Puts the earlier one back if it does not become healthy.`,
    role: 'control-plane',
    flags: ['certificate-renewal', 'etcd-upgrade', 'kubeconfig', 'patches'],
    needs: ['criSocket', 'name', 'advertiseAddress'],
    async run(ctx) {
      const pods = await upgradedPods(ctx.host, ctx)
      const [pod, apiserver] = [component, 'kube-apiserver'].map(name => pods.find(one => one.component === name))
      if (pod === undefined) return ctx.report({ kind: 'progress', text: keptText })
      if (pod.before === pod.after) {
        if (component === 'etcd') await endDowngrade(ctx, pod)
        return waitForStaticPod(ctx, component)
      }
      if (component === 'etcd' && apiserver !== undefined) return replaceEtcd(ctx, pod, apiserver)
      await replacePod(ctx, pod)
    },
  }
}

const keptText = 'etcd stays as it is: it is external, newer than the one of the target, or left out by --etcd-upgrade'

export const upgradeEtcd = replacement('etcd', 'etcd')
export const upgradeApiserver = replacement('apiserver', 'kube-apiserver')
export const upgradeControllerManager = replacement('controller-manager', 'kube-controller-manager')
export const upgradeScheduler = replacement('scheduler', 'kube-scheduler')

const administrators = ['admin.conf', 'super-admin.conf'] as const

/** Renews the credentials of administrators once for each upgrade: those older than the static pod of the API server. */
export const upgradeKubeconfigs: ControlPlanePhase<UpgradeRequest> = {
  id: 'control-plane/kubeconfigs',
  title: 'Renew admin.conf and super-admin.conf',
  about: 'Renews admin.conf, and super-admin.conf if it exists, after kube-apiserver was replaced.',
  role: 'control-plane',
  flags: ['certificate-renewal', 'kubeconfig'],
  needs: ['name', 'advertiseAddress'],
  skip: ({ request }) => (request.certificateRenewal ? undefined : '--certificate-renewal=false'),
  async run(ctx) {
    const { host, request } = ctx
    const files = [paths.manifest('kube-apiserver'), ...administrators.map(name => `${request.kubeconfigDir}/${name}`)]
    const [manifest, ...stats] = await Promise.all(files.map(path => host.stat(path)))
    const due = administrators.filter((_, i) => {
      const mtime = stats[i]?.mtime
      return mtime !== undefined && manifest !== undefined && mtime < manifest.mtime
    })
    await renewNamed(ctx, due)
  },
}
