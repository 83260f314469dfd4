import { describe, expect, it } from 'vitest'
import { fakeKube } from '../../../../src/clients/kube/fake.ts'
import type { ReportedCertificate } from '../../../../src/cluster/certificate-report.ts'
import type { KubeObject } from '../../../../src/cluster/kube-object.ts'
import { KadmError } from '../../../../src/errors/kadm-error.ts'
import { findCustomizedAddons } from '../../../../src/observe/cluster/upgrade/addon-customizations.ts'
import { configVersions, findManualConfigs } from '../../../../src/observe/cluster/upgrade/config-versions.ts'
import { findExpiringCertificates } from '../../../../src/observe/cluster/upgrade/expiring-certificates.ts'
import { corednsDeployment } from '../../../../src/render/objects/coredns.ts'
import { makeCluster } from '../../../fixtures/cluster.ts'

describe('customizations of add-ons', () => {
  const plain = corednsDeployment(makeCluster())
  const defaults = (object: KubeObject): KubeObject => {
    const spec = object.spec as { readonly template: { readonly spec: object } }
    return { ...object, spec: { progressDeadlineSeconds: 600, ...spec } } as KubeObject
  }
  const find = (live: KubeObject) => {
    const kube = fakeKube({ objects: [live], defaults })
    return findCustomizedAddons(kube, kube.rehearsal(), [plain])
  }

  it('a Deployment with the defaults of the server is not customized', async () => {
    expect(await find(defaults(plain))).toEqual([])
  })

  it('the fields that an upgrade replaces are named', async () => {
    const spec = structuredClone(defaults(plain).spec) as {
      template: { spec: { nodeSelector: object; tolerations: object[] } }
    }
    spec.template.spec.nodeSelector = { 'kubernetes.io/os': 'linux', disk: 'ssd' }
    spec.template.spec.tolerations = []
    const [found] = await find({ ...plain, spec } as unknown as KubeObject)
    expect(found?.message).toBe(
      'Deployment kube-system/coredns was customized, and an upgrade replaces it: spec.template.spec.nodeSelector.disk, spec.template.spec.tolerations',
    )
  })

  it('an object that the server refuses is named, and does not hide others', async () => {
    const kube = fakeKube({
      objects: [plain],
      fail: ({ verb }) => (verb === 'update' ? new KadmError('API_REFUSED', 'failed calling webhook') : undefined),
    })
    expect(await findCustomizedAddons(kube, kube.rehearsal(), [plain])).toMatchObject([
      { message: 'it is unknown whether Deployment kube-system/coredns was customized: failed calling webhook' },
    ])
  })

  it('an add-on that the cluster does not have is not customized', async () => {
    const kube = fakeKube()
    expect(await findCustomizedAddons(kube, kube.rehearsal(), [plain])).toEqual([])
  })
})

describe('certificates that expire', () => {
  const now = new Date('2026-11-30T00:00:00Z')
  const one = (name: string, days: number, kind: ReportedCertificate['kind'] = 'managed'): ReportedCertificate => ({
    ...{ host: 'cp1', name, kind, from: '/', missing: false, externallyManaged: false, problems: [] },
    notAfter: new Date(now.getTime() + days * 86_400_000),
  })

  it('certificates that have expired or expire within 30 days are warnings, the earliest first', () => {
    const certificates = [
      one('apiserver', 20),
      one('front-proxy-client', 31),
      one('ca', -2, 'ca'),
      one('kubelet', 1, 'served'),
    ]
    expect(findExpiringCertificates(certificates, now).map(({ message }) => message)).toEqual([
      'the CA ca on cp1 expired on 2026-11-28',
      'apiserver on cp1 expires on 2026-12-20, in 20 days',
    ])
  })
})

describe('component configurations', () => {
  const documents = { clusterConfiguration: '', kubelet: 'apiVersion: kubelet.config.k8s.io/v1alpha1\n' }

  it('a configuration of another version that was edited must be upgraded by hand', () => {
    const versions = configVersions({ ...documents, generated: { kubelet: false, kubeProxy: false } })
    expect(versions).toEqual([
      {
        group: 'kubeproxy.config.k8s.io',
        currentVersion: '',
        preferredVersion: 'v1alpha1',
        manualUpgradeRequired: false,
      },
      {
        group: 'kubelet.config.k8s.io',
        currentVersion: 'v1alpha1',
        preferredVersion: 'v1beta1',
        manualUpgradeRequired: true,
      },
    ])
    expect(findManualConfigs(versions)).toMatchObject([{ level: 'error', check: 'ComponentConfigs' }])
  })

  it('a configuration that was generated is converted by the upgrade', () => {
    const versions = configVersions({ ...documents, generated: { kubelet: true, kubeProxy: true } })
    expect(versions.map(({ manualUpgradeRequired }) => manualUpgradeRequired)).toEqual([false, false])
  })
})
