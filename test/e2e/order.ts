import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The order in which files on real nodes start, two at a time. All nodes share the host's inotify instances (see
 * test/lab/room.ts), so that a file with a large lab starts together with one with a small lab. Other files start
 * first.
 */
const order = [
  // Five nodes, together with a file that needs one and mostly waits.
  ...['e2e/ha', 'contract/ssh.e2e'],
  // Three control planes, together with labs of one node.
  ...['e2e/control-plane', 'e2e/parity-live', 'e2e/diagnose', 'e2e/members', 'e2e/preflight', 'e2e/faults'],
  ...['e2e/parity-files', 'e2e/renew', 'e2e/expired', 'e2e/upgrade-plan'],
  // Two control planes and a worker, together with labs of a control plane and a worker.
  ...['e2e/local', 'e2e/tools', 'e2e/reset', 'e2e/kill', 'e2e/dry-run-alone', 'e2e/dry-run', 'contract/hosts.e2e'],
  // Two labs of the same size; small ones at the end, when a worker is idle.
  ...[
    'e2e/mixed',
    'e2e/ssh',
    'e2e/mixed-control-planes',
    'e2e/open-version',
    'e2e/lab-faults',
    'e2e/watch',
    'e2e/certificates',
    'contract/ssh-config.e2e',
  ],
]

/** Vitest gives the next file to the free process; projects other than `e2e` keep vitest's own order. */
export default class LabSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const own = files.filter(file => file.project.name === 'e2e')
    const others = files.filter(file => file.project.name !== 'e2e')
    return [...own.toSorted((a, b) => place(a) - place(b)), ...(await super.sort(others))]
  }
}

function place(file: TestSpecification): number {
  return order.findIndex(name => file.moduleId.endsWith(`/test/${name}.test.ts`))
}
