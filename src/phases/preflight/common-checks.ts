import { kubeletPorts } from '../../cluster/components.ts'
import type { Check } from './check.ts'
import { hostname, program } from './machine.ts'
import { port } from './ports.ts'
import { cri, runtimeVersion } from './runtime.ts'
import { kubeletService, kubeletVersion } from './services.ts'
import { swap } from './swap.ts'
import { systemVerification } from './system.ts'

/** What every node needs, whether it starts a cluster or joins one. */
export function commonChecks(kubeletLimits: 'older' | 'older and newer'): readonly Check[] {
  return [
    cri,
    runtimeVersion,
    swap,
    program('losetup'),
    program('mount'),
    program('cp'),
    systemVerification,
    hostname,
    kubeletVersion(kubeletLimits),
    kubeletService,
    port(kubeletPorts.api),
  ]
}
