import { defineConfig } from 'vitest/config'
import LabSequencer from './test/e2e/order.ts'

/** unit: no machine needed. e2e: real nodes, two files side by side. full: one file after the other. test/run.ts starts these.
 * vm: virtual machines, by emulation; started by hand. */
export default defineConfig({
  test: {
    sequence: { sequencer: LabSequencer },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/full/**', 'test/vm/**', 'test/lab/**', 'test/contract/**/*.e2e.test.ts'],
          // None is timed: on a machine with other work a whole pipeline on fakes may take a while.
          testTimeout: 30_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/contract/**/*.e2e.test.ts'],
          globalSetup: 'test/e2e/build.ts',
          // Nodes wait more than they compute.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'full',
          include: ['test/full/**/*.test.ts'],
          globalSetup: 'test/e2e/build.ts',
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          globalSetup: 'test/vm/setup.ts',
          fileParallelism: false,
          sequence: { groupOrder: 3 },
          // Emulation: an init takes from seven minutes to half an hour.
          testTimeout: 7_200_000,
          hookTimeout: 7_200_000,
        },
      },
    ],
  },
})
