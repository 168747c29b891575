import { test as base } from 'vitest';
import type { NamespaceMode } from '#contract/annotations.ts';
import { connect, type Cluster } from './cluster.ts';
import { createTestNamespace, deleteTestNamespace } from './namespace.ts';
import { readEndToEndSettings } from './settings.ts';

interface Fixtures {
  readonly cluster: Cluster;
  /** Makes a fresh namespace that goes away with the test. */
  readonly namespace: (mode: NamespaceMode | undefined, labels?: Readonly<Record<string, string>>) => Promise<string>;
}

/** A test against the real cluster. */
export const test = base.extend<Fixtures>({
  // vitest reads the names of the fixtures that are needed out of this pattern.
  // oxlint-disable-next-line no-empty-pattern
  cluster: async ({}, use) => {
    const cluster = await connect(readEndToEndSettings());
    await use(cluster);
    cluster.kube.close();
  },
  namespace: async ({ cluster }, use) => {
    const made: string[] = [];
    await use(async (mode, labels) => {
      const name = await createTestNamespace(cluster, mode, labels);
      made.push(name);
      return name;
    });
    await Promise.all(made.map((name) => deleteTestNamespace(cluster, name)));
  },
});
