// One project per suite of `npm test`. The library is tested from its TypeScript source, as notebooks use it.
import { defineConfig } from 'vitest/config';

const conditions = ['typescript-source', 'node', 'import', 'module', 'default'];
const resolve = { conditions };
const ssr = { resolve: { conditions } };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'lib',
          include: ['lib/src/**/*.test.ts', 'tests/lib/**/*.test.ts'],
          globalSetup: ['tests/build.mjs'],
          testTimeout: 180_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'kernel',
          include: ['kernel/src/**/*.test.ts', 'tests/kernel/**/*.test.ts'],
          globalSetup: ['tests/build.mjs'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve,
        ssr,
        // One file for each kernel that ours is compared with.
        test: {
          name: 'peers',
          include: ['tests/peers/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 90_000,
        },
      },
      {
        resolve,
        ssr,
        // One file at a time; of the lectures two, since one of them leaves a core idle for half of its time.
        test: {
          name: 'notebooks',
          include: ['tests/notebooks/**/*.test.ts'],
          maxConcurrency: 2,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        resolve,
        ssr,
        // Other programs that run the kernel; each in a home of its own.
        test: {
          name: 'tools',
          include: ['tests/tools/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        resolve,
        ssr,
        // A browser and a JupyterLab each: one file at a time.
        test: {
          name: 'lab',
          include: ['tests/lab/**/*.test.ts'],
          maxConcurrency: 2,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
