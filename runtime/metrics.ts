import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricTable, type MetricDefinition } from './metric-table.ts';

type Table = typeof metricTable;
export type MetricName = keyof Table;
type NamesOf<Type extends MetricDefinition['type']> = {
  [Name in MetricName]: Table[Name]['type'] extends Type ? Name : never;
}[MetricName];
type ValuesOf<Labels extends MetricDefinition['labels']> = {
  readonly [Label in keyof Labels]: Labels[Label] extends readonly (infer Value extends string)[] ? Value : never;
};
/** An empty object type would take any label, so a metric without labels takes an object that can have none. */
type LabelsOf<Name extends MetricName> = keyof Table[Name]['labels'] extends never
  ? Readonly<Record<string, never>>
  : ValuesOf<Table[Name]['labels']>;

/** Typed by the table: a wrong name, label or label value does not compile. */
export interface Metrics {
  readonly registry: Registry;
  increment<Name extends NamesOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  set<Name extends NamesOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  observe<Name extends NamesOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

/** Registers one process's rows of the table; counters and gauges start at 0 for every known label set. */
export function makeMetrics(process: MetricDefinition['process']): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();

  for (const [name, row] of Object.entries<MetricDefinition>(metricTable)) {
    if (row.process !== process) continue;
    const options = { name, help: row.help, labelNames: Object.keys(row.labels), registers: [registry] };
    if (row.type === 'counter') {
      const counter = new Counter(options);
      for (const labels of labelSets(row.labels)) counter.inc(labels, 0);
      counters.set(name, counter);
    } else if (row.type === 'gauge') {
      const gauge = new Gauge(options);
      for (const labels of labelSets(row.labels)) gauge.set(labels, 0);
      gauges.set(name, gauge);
    } else {
      const histogram = new Histogram({ ...options, ...(row.buckets ? { buckets: [...row.buckets] } : {}) });
      for (const labels of labelSets(row.labels)) histogram.zero(labels);
      histograms.set(name, histogram);
    }
  }

  return {
    registry,
    increment: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
  };
}

/** The cartesian product of all label values. Bounded because every set is closed and small. */
function labelSets(labels: MetricDefinition['labels']): Record<string, string>[] {
  let sets: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [label]: value })));
  }
  return sets;
}
