import { metricTable } from '#runtime/metric-table.ts';
import { code, table } from './markdown.ts';

interface Metric {
  readonly type: string;
  readonly process: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly buckets?: readonly number[];
}

export function metricsPage(): string {
  const metrics = Object.entries<Metric>(metricTable);
  const ofProcess = (process: string): string =>
    table(
      ['Metric', 'Type', 'Meaning', 'Labels'],
      metrics
        .filter(([, metric]) => metric.process === process)
        .map(([name, metric]) => [code(name), metric.type, metric.help, labelsOf(metric)]),
    );
  return `# Metrics

Served at \`/metrics\` of port 9616 together with the usual \`process_\` and \`nodejs_\` ones. Names and labels are API. Labels
have closed sets of values, and each known set of a counter or gauge is there with 0 from the start.

## Webhook

${ofProcess('webhook')}

## Controller

${ofProcess('controller')}
`;
}

function labelsOf({ labels }: Metric): string {
  const described = Object.entries(labels).map(([label, values]) => `${code(label)}: ${values.map(code).join(', ')}`);
  return described.join('; ') || 'none';
}
