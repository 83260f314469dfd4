import semver from 'semver'
import { kubeletPorts } from '../../cluster/components.ts'
import { kubeletSkew } from '../../cluster/releases.ts'
import { type Check, type Finding, failure, warning } from './check.ts'
import type { NodeFacts } from './node-facts.ts'

type Services = NodeFacts['services']

const noInit = 'no supported init system detected, skipping checking for services'

export function firewalld(bindPort: number): Check {
  return { name: 'Firewalld', run: ({ facts }) => judgeFirewalld(facts.services, [bindPort, kubeletPorts.api]) }
}

export function judgeFirewalld(services: Services, ports: readonly number[]): readonly Finding[] {
  if (services === undefined) return [warning(noInit)]
  if (services.get('firewalld')?.active !== true) return []
  return [
    warning(
      `firewalld is active, please ensure ports [${ports.join(' ')}] are open or your cluster may not function correctly`,
    ),
  ]
}

export const kubeletService: Check = {
  name: 'Service-kubelet',
  run: ({ facts }) => judgeKubeletService(facts.services),
}

export function judgeKubeletService(services: Services): readonly Finding[] {
  if (services === undefined) return [warning(noInit)]
  const kubelet = services.get('kubelet')
  if (kubelet?.exists !== true)
    return [warning('kubelet service does not exist', 'install the kubelet package, which includes its service')]
  if (kubelet.enabled) return []
  return [warning("kubelet service is not enabled, please run 'systemctl enable kubelet.service'")]
}

/** `older`: the control plane's minor sets the oldest kubelet; `newer`: also the newest, as kubeadm on init only. */
export function kubeletVersion(limits: 'older' | 'older and newer'): Check {
  return {
    name: 'KubeletVersion',
    run: ({ ctx, facts }) => judgeKubeletVersion(facts.kubelet, ctx.cluster.config.kubernetesVersion, limits),
  }
}

export function judgeKubeletVersion(
  kubelet: NodeFacts['kubelet'],
  controlPlane: string,
  limits: 'older' | 'older and newer',
): readonly Finding[] {
  if ('fault' in kubelet) {
    return [failure(`couldn't get kubelet version: ${kubelet.fault}`, 'install the kubelet package on the host')]
  }
  const wanted = semver.parse(controlPlane.replace(/^ci\//, ''))
  if (wanted === null) return []
  const range = `1.${wanted.minor - kubeletSkew} to 1.${wanted.minor}`
  const remedy = `install a kubelet of ${range} on the host, preferably ${wanted.version}`
  if (semver.lt(kubelet.version, `1.${wanted.minor - kubeletSkew}.0`)) {
    const text = `Kubelet version "${kubelet.version}" is lower than kubeadm can support. Please upgrade kubelet`
    return [failure(text, remedy)]
  }
  if (limits === 'older' || semver.minor(kubelet.version) <= wanted.minor) return []
  return [
    failure(
      `the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "${kubelet.version}" Control plane version: "${wanted.version}"`,
      remedy,
    ),
  ]
}
