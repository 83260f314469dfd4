import { type KubernetesComponent, kubernetesComponents } from './components.ts'
import { releaseOf } from './releases.ts'
import type { ClusterConfiguration } from './spec.ts'

export type KubeComponent = KubernetesComponent | 'kube-proxy'

const defaultRepository = 'registry.k8s.io'
/** The repository of images of CI builds. It holds only images of Kubernetes itself. */
const ciRepository = 'gcr.io/k8s-staging-ci-images'

/**
 * Returns an image name such as `registry.k8s.io/kube-apiserver:v1.37.2`. Characters that are not valid in a tag become
 * `_`.
 */
export function kubeImage(config: ClusterConfiguration, component: KubeComponent): string {
  const tag = config.kubernetesVersion.replace(/^ci\//, '').replace(/[^-\w.]/g, '_')
  const fromCi = config.kubernetesVersion.startsWith('ci/') && config.imageRepository === defaultRepository
  return `${fromCi ? ciRepository : config.imageRepository}/${component}:${tag}`
}

/** Returns the CoreDNS image, which is one level deeper in the default registry. */
export function corednsImage(config: ClusterConfiguration): string {
  const repository = config.dns.imageRepository ?? config.imageRepository
  const name = repository === defaultRepository ? 'coredns/coredns' : 'coredns'
  return `${repository}/${name}:${config.dns.imageTag ?? releaseOf(config.kubernetesVersion).coredns}`
}

export function etcdImage(config: ClusterConfiguration): string {
  const local = config.etcd.local
  const tag = local?.imageTag ?? releaseOf(config.kubernetesVersion).etcd
  return `${local?.imageRepository ?? config.imageRepository}/etcd:${tag}`
}

/** Returns the sandbox image. */
export function pauseImage(config: ClusterConfiguration): string {
  return `${config.imageRepository}/pause:${releaseOf(config.kubernetesVersion).pause}`
}

/** Returns the images of the add-ons, which run on every node or on any node. */
export function addonImages(config: ClusterConfiguration): readonly string[] {
  return [
    ...(config.proxy.disabled ? [] : [kubeImage(config, 'kube-proxy')]),
    ...(config.dns.disabled ? [] : [corednsImage(config)]),
  ]
}

/** Returns every image of a control plane, in the order of `config images list`. */
export function controlPlaneImages(config: ClusterConfiguration): readonly string[] {
  return [
    ...kubernetesComponents.map(component => kubeImage(config, component)),
    ...addonImages(config),
    pauseImage(config),
    ...(config.etcd.external === undefined ? [etcdImage(config)] : []),
  ]
}
