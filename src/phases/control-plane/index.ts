import type { Cluster, Node } from '../../cluster/cluster.ts'
import type { JsonObject } from '../../cluster/json.ts'
import { paths } from '../../cluster/paths.ts'
import { isExternalCa } from '../../observe/external-ca.ts'
import { ensureDir, ensureFile } from '../../ops/ensure-file.ts'
import { renderKubeApiserver } from '../../render/kube-apiserver.ts'
import { renderKubeControllerManager } from '../../render/kube-controller-manager.ts'
import { renderKubeScheduler } from '../../render/kube-scheduler.ts'
import { toYaml } from '../../render/yaml.ts'
import type { Phase } from '../phase.ts'

type Render = (cluster: Cluster, node: Node, machine: { readonly externalCa: boolean }) => JsonObject

function staticPod(name: string, component: string, render: Render): Phase {
  return {
    id: `control-plane/${name}`,
    title: `Write the static pod of ${component}`,
    async run({ cluster, node, host }) {
      const [externalCa] = await Promise.all([
        isExternalCa(host, cluster.config.certificatesDir),
        ensureDir(host, paths.manifestsDir, 0o700),
      ])
      const content = toYaml(render(cluster, node, { externalCa }))
      await ensureFile(host, { path: paths.manifest(component), content, mode: 0o600 })
    },
  }
}

export const apiserver = staticPod('apiserver', 'kube-apiserver', renderKubeApiserver)
export const controllerManager = staticPod('controller-manager', 'kube-controller-manager', renderKubeControllerManager)
export const scheduler = staticPod('scheduler', 'kube-scheduler', renderKubeScheduler)
