import { expect, it } from 'vitest'
import { fakeKube } from '../../../../src/clients/kube/fake.ts'
import type { JsonObject } from '../../../../src/cluster/json.ts'
import { findDevicePlugins } from '../../../../src/observe/cluster/upgrade/device-plugins.ts'

const sockets = '/var/lib/kubelet/device-plugins'

it.each<[string, JsonObject[], number]>([
  ['the directory of the sockets', [{ name: 'sockets', hostPath: { path: sockets } }], 1],
  ['the directory with a slash at its end', [{ name: 'sockets', hostPath: { path: `${sockets}/` } }], 1],
  ['a socket', [{ name: 'socket', hostPath: { path: `${sockets}/kubelet.sock` } }], 1],
  [
    'another volume first',
    [
      { name: 'x', emptyDir: {} },
      { name: 'sockets', hostPath: { path: sockets } },
    ],
    1,
  ],
  ['the directory of the kubelet, as CSI drivers do', [{ name: 'kubelet', hostPath: { path: '/var/lib/kubelet' } }], 0],
  ['a directory with a similar name', [{ name: 'x', hostPath: { path: `${sockets}-old` } }], 0],
  ['no directory of the host', [{ name: 'x', emptyDir: {} }], 0],
])('a DaemonSet that mounts %s', async (_, volumes, count) => {
  const objects = [
    {
      ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'gpu', namespace: 'devices' } },
      spec: { template: { spec: { volumes } } },
    },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'plain', namespace: 'devices' }, spec: {} },
  ]
  const found = await findDevicePlugins(fakeKube({ objects }), 37)
  expect(found).toHaveLength(count)
  for (const one of found)
    expect(one).toMatchObject({ level: 'warning', message: expect.stringContaining('devices/gpu') })
})
