import { adminPort } from '#contract/ports.ts';
import type { Cluster } from './cluster.ts';
import { releasePods, type Component } from './release.ts';

/** Sample → value, as Prometheus would read them; a sample is written with its labels, in the order of the page. */
export type Samples = ReadonlyMap<string, number>;

/** Scrapes every pod of one of the release's processes and adds the samples up, as `sum` without labels of pods would. */
export async function scrape(cluster: Cluster, component: Component): Promise<Samples> {
  const pods = await releasePods(cluster, component);
  if (pods.length === 0) throw new Error(`there is no ${component} to scrape`);
  const sums = new Map<string, number>();
  for (const { metadata } of pods) {
    const path = `/api/v1/namespaces/${metadata?.namespace}/pods/${metadata?.name}:${adminPort}/proxy/metrics`;
    for (const [sample, value] of await samplesAt(cluster, path)) sums.set(sample, (sums.get(sample) ?? 0) + value);
  }
  return sums;
}

/** Reads one page of metrics through the API server. */
export async function samplesAt({ kube }: Cluster, path: string): Promise<Samples> {
  const answer = await kube.open({ method: 'GET', path, accept: 'text/plain' });
  if (!answer.ok) throw new Error(`${path} could not be read: ${answer.status} ${answer.message}`);
  return new Map(parseSamples(await text(answer.body)));
}

function parseSamples(page: string): readonly (readonly [string, number])[] {
  return page
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))] as const);
}

async function text(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
