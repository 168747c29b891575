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

/** A plain `vitest run` is the unit tests; `--mode chart` and `--mode e2e` ask for the ones that need more. */
export default defineConfig(({ mode }) => {
  const asked = mode === 'chart' ? chart : mode === 'e2e' ? endToEnd : unit;
  return { test: { projects: [asked] } };
});
