import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const outside = ['node_modules/**', 'dist/**'];

const unit: TestProjectInlineConfiguration = {
  // Generous: what is tested is behaviour, and a busy machine is no failure.
  test: {
    name: 'unit',
    include: ['**/*.test.ts'],
    exclude: [...outside, 'test/chart/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** Needs helm, kubeconform and Kubernetes' own API description. */
const chart: TestProjectInlineConfiguration = {
  test: { name: 'chart', include: ['test/chart/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 300_000 },
};

/** Builds the agent's host from Rust, or says why it can't and skips all of them. */
const host: TestProjectInlineConfiguration = {
  test: {
    name: 'host',
    include: ['test/host/**/*.host.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: 'test/host/global-setup.ts',
  },
};

const onCluster = { testTimeout: 300_000, hookTimeout: 300_000, globalSetup: 'test/e2e/global-setup.ts' };

/** These take a part of the product or of the machine away, so they run after the others and one at a time. */
const disturbing = ['test/e2e/alone/*.e2e.ts', 'test/e2e/cluster-leftovers.e2e.ts', 'test/e2e/outage.e2e.ts'];

/** Need a cluster with the product on it. They mostly wait, each in a namespace of its own, so several run at once. */
const endToEnd: TestProjectInlineConfiguration = {
  test: {
    ...onCluster,
    name: 'e2e',
    include: ['test/e2e/**/*.e2e.ts'],
    exclude: disturbing,
    maxWorkers: 5,
    sequence: { groupOrder: 0 },
  },
};

const endToEndAlone: TestProjectInlineConfiguration = {
  test: {
    ...onCluster,
    name: 'e2e alone',
    include: disturbing,
    testTimeout: 600_000,
    fileParallelism: false,
    sequence: { groupOrder: 1 },
  },
};

/** Outages and soaks, on the same cluster. */
const long: TestProjectInlineConfiguration = {
  test: {
    ...onCluster,
    name: 'long',
    include: ['test/e2e/**/*.long.ts'],
    testTimeout: 3_600_000,
    fileParallelism: false,
  },
};

/** By vitest's mode; `test` is what a plain `vitest run` has, so that it stays fast and needs no tools. */
const projects = new Map([
  ['test', [unit]],
  ['chart', [chart]],
  ['host', [host]],
  ['e2e', [endToEnd, endToEndAlone]],
  ['long', [long]],
  // What tools that only read this file ask with.
  ['development', [unit, chart, host, endToEnd, endToEndAlone, long]],
  ['production', []],
]);

export default defineConfig(({ mode }) => {
  const asked = projects.get(mode);
  // Running the unit tests instead would look as if what was asked for had passed.
  if (asked === undefined) throw new Error(`no tests for --mode ${mode}: one of ${[...projects.keys()].join(', ')}`);
  return { test: { projects: asked } };
});
