import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const outside = ['node_modules/**', 'dist/**', 'test/architecture-fixtures/**'];

const unit: TestProjectInlineConfiguration = {
  test: { name: 'unit', include: ['**/*.test.ts'], exclude: [...outside, 'test/chart/**', 'test/e2e/**'] },
};

/** Needs helm, kubeconform and Kubernetes' own API description. */
const chart: TestProjectInlineConfiguration = {
  test: { name: 'chart', include: ['test/chart/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 300_000 },
};

/** Needs a cluster with the product on it; files take turns because they share it. */
const endToEnd: TestProjectInlineConfiguration = {
  test: {
    name: 'e2e',
    include: ['test/e2e/**/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
};

/** Outages and soaks, on the same cluster. */
const long: TestProjectInlineConfiguration = {
  test: { ...endToEnd.test, name: 'long', include: ['test/e2e/**/*.long.ts'], testTimeout: 3_600_000 },
};

/** By vitest's mode; `test` is what a plain `vitest run` has, so that it stays fast and needs no tools. */
const projects = new Map([
  ['test', unit],
  ['chart', chart],
  ['e2e', endToEnd],
  ['long', long],
]);

export default defineConfig(({ mode }) => {
  const project = projects.get(mode);
  // Running the unit tests instead would look as if what was asked for had passed.
  if (project === undefined) throw new Error(`no tests for --mode ${mode}: one of ${[...projects.keys()].join(', ')}`);
  return { test: { projects: [project] } };
});
