import { describe, expect, it } from 'vitest'
import { controlPlaneImages, corednsImage, etcdImage, kubeImage } from '../../src/cluster/images.ts'
import { makeConfig } from '../fixtures/cluster.ts'

describe('controlPlaneImages', () => {
  it('controlPlaneImages returns the list of kubeadm 1.37.2', () => {
    expect(controlPlaneImages(makeConfig())).toEqual([
      'registry.k8s.io/kube-apiserver:v1.37.2',
      'registry.k8s.io/kube-controller-manager:v1.37.2',
      'registry.k8s.io/kube-scheduler:v1.37.2',
      'registry.k8s.io/kube-proxy:v1.37.2',
      'registry.k8s.io/coredns/coredns:v1.14.6',
      'registry.k8s.io/pause:3.10.2',
      'registry.k8s.io/etcd:3.7.0-0',
    ])
  })

  it('controlPlaneImages follows the Kubernetes version for every image', () => {
    const images = controlPlaneImages(makeConfig({ kubernetesVersion: 'v1.36.3' }))
    expect(images.slice(4)).toEqual([
      'registry.k8s.io/coredns/coredns:v1.14.2',
      'registry.k8s.io/pause:3.10.2',
      'registry.k8s.io/etcd:3.6.8-0',
    ])
  })

  it('controlPlaneImages omits disabled add-ons and external etcd', () => {
    const config = makeConfig({
      dns: { disabled: true },
      proxy: { disabled: true },
      etcd: { external: { endpoints: ['https://10.0.0.5:2379'] } },
    })
    expect(controlPlaneImages(config).map(image => image.split('/').at(-1)?.split(':')[0])).toEqual([
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'pause',
    ])
  })
})

it('images use the repositories and tags that are set for single images', () => {
  const config = makeConfig({
    imageRepository: 'mirror.example.com/k8s',
    dns: { imageTag: 'v1.0.0' },
    etcd: { local: { dataDir: '/d', imageRepository: 'etcd.example.com', imageTag: '3.6.1-0' } },
    kubernetesVersion: 'v1.37.2+build.1',
  })
  expect(kubeImage(config, 'kube-proxy')).toBe('mirror.example.com/k8s/kube-proxy:v1.37.2_build.1')
  expect(corednsImage(config)).toBe('mirror.example.com/k8s/coredns:v1.0.0')
  expect(etcdImage(config)).toBe('etcd.example.com/etcd:3.6.1-0')
  expect(corednsImage(makeConfig({ dns: { imageRepository: 'registry.k8s.io/coredns' } }))).toBe(
    'registry.k8s.io/coredns/coredns:v1.14.6',
  )
})

it('Kubernetes images of a CI version come from the CI repository unless a repository is set', () => {
  const kubernetesVersion = 'ci/v1.37.0-rc.1'
  expect(controlPlaneImages(makeConfig({ kubernetesVersion })).slice(3)).toEqual([
    'gcr.io/k8s-staging-ci-images/kube-proxy:v1.37.0-rc.1',
    'registry.k8s.io/coredns/coredns:v1.14.6',
    'registry.k8s.io/pause:3.10.2',
    'registry.k8s.io/etcd:3.7.0-0',
  ])
  const own = makeConfig({ kubernetesVersion, imageRepository: 'example.com' })
  expect(kubeImage(own, 'kube-proxy')).toBe('example.com/kube-proxy:v1.37.0-rc.1')
})
