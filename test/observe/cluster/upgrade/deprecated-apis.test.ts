import { expect, it } from 'vitest'
import { fakeKube } from '../../../../src/clients/kube/fake.ts'
import { findRemovedApis, parseDeprecatedApis } from '../../../../src/observe/cluster/upgrade/deprecated-apis.ts'

const metrics = `# HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs that have been requested
# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1
apiserver_requested_deprecated_apis{group="example.k8s.io",removed_release="1.37",resource="things",subresource="",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="example.k8s.io",removed_release="1.37",resource="things",subresource="status",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="example.k8s.io",removed_release="1.38",resource="others",subresource="",version="v1beta1"} 1
apiserver_requested_deprecated_apis{group="example.k8s.io",removed_release="1.37",resource="unused",subresource="",version="v1beta1"} 0
apiserver_request_total{code="200"} 7
`

it('the metrics name each deprecated API that clients requested once', () => {
  expect(parseDeprecatedApis(metrics)).toEqual([
    { resource: 'componentstatuses', version: 'v1', removedIn: '' },
    { resource: 'things.example.k8s.io', version: 'v1beta1', removedIn: '1.37' },
    { resource: 'others.example.k8s.io', version: 'v1beta1', removedIn: '1.38' },
  ])
})

it.each([
  [36, []],
  [37, ['clients use things.example.k8s.io in version v1beta1, which v1.37 no longer serves']],
  [
    38,
    [
      'clients use things.example.k8s.io in version v1beta1, which v1.37 no longer serves',
      'clients use others.example.k8s.io in version v1beta1, which v1.38 no longer serves',
    ],
  ],
])('an upgrade to v1.%i reports the APIs that are removed by then', async (minor, expected) => {
  const kube = fakeKube({ probe: () => ({ status: 200, body: metrics }) })
  expect((await findRemovedApis(kube, minor)).map(({ message }) => message)).toEqual(expected)
})

it('metrics that cannot be read are a warning', async () => {
  const kube = fakeKube({ probe: () => ({ status: 403, body: '' }) })
  expect(await findRemovedApis(kube, 37)).toMatchObject([{ level: 'warning', message: expect.stringContaining('403') }])
})
