import { isMap, type JsonObject } from '../../cluster/json.ts'
import { paths } from '../../cluster/paths.ts'
import type { HostReader } from '../../host/host.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import { readText } from './read-text.ts'

/** Returns the fields of the kubelet's configuration on a host that set where it serves its health. */
export async function readKubeletHealthFields(host: HostReader): Promise<JsonObject> {
  const read = readYaml((await readText(host, paths.kubeletConfig)) ?? '')
  const { healthzPort, healthzBindAddress } = isTextFault(read) || !isMap(read.value) ? {} : read.value
  return {
    ...(typeof healthzPort === 'number' ? { healthzPort } : {}),
    ...(typeof healthzBindAddress === 'string' ? { healthzBindAddress } : {}),
  }
}
