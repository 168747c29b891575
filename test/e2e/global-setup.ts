import { join } from 'node:path';
import { connect } from './support/cluster.ts';
import { chart, helm, helmWait } from './support/helm.ts';
import { testNamespaceLabel } from './support/namespace.ts';
import { readEndToEndSettings } from './support/settings.ts';
import { ensureSink } from './support/sink.ts';

/** Removes what a killed run left, and points the release's notifications at a receiver inside the cluster. */
export async function setup(): Promise<void> {
  const settings = readEndToEndSettings();
  const cluster = await connect(settings);
  await removeTestNamespaces(cluster);
  await ensureSink(cluster);
  cluster.kube.close();
  const values = ['--reuse-values', '--values', join(import.meta.dirname, 'values.yaml')];
  await helm(cluster, ['upgrade', settings.release, chart, ...values, ...helmWait]);
}

export async function teardown(): Promise<void> {
  const cluster = await connect(readEndToEndSettings());
  await removeTestNamespaces(cluster);
  cluster.kube.close();
}

async function removeTestNamespaces({ core }: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const [[label, value] = ['', '']] = Object.entries(testNamespaceLabel);
  const { items } = await core.listNamespace({ labelSelector: `${label}=${value}` });
  for (const { metadata } of items) {
    if (metadata?.deletionTimestamp === undefined) await core.deleteNamespace({ name: metadata?.name ?? '' });
  }
}
