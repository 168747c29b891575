import { cpus, release } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { bundleSubjects, forget, measure, startApi, type BenchApi, type Subjects } from './children.ts';
import { subjectNames, type ListResult, type SubjectAnswer, type SubjectName } from './protocol.ts';
import { printTable, type Line } from './table.ts';

/** After this long a list of client-node's is given up; ours takes a fraction of it. */
const timeoutMilliseconds = 120_000;
const calls = 100;
const floodEvents = 10_000;
const streamEvents = 8_000;
const streamPerSecond = 1_000;

const kilobyte = 1024;
const megabyte = 1024 * 1024;

/** What all measurements need. */
interface Bench extends Subjects {
  readonly api: BenchApi;
}

type Measured = Readonly<Record<SubjectName, number | string>>;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function both(take: (subject: SubjectName) => Promise<number | string>): Promise<Measured> {
  const [ours, peer] = subjectNames;
  return { [ours]: await take(ours), [peer]: await take(peer) } as Measured;
}

function failureOf(answer: SubjectAnswer): string {
  return 'failure' in answer ? `failed: ${answer.failure}` : 'failed: said something else';
}

async function listOf({ api, ...subjects }: Bench, subject: SubjectName, pods: number): Promise<ListResult | string> {
  const server = api.address(String(pods));
  const answer = await measure(subjects, { subject, server, measure: 'list', count: 0 }, timeoutMilliseconds);
  if (!('list' in answer)) return failureOf(answer);
  const { list } = answer;
  say(
    `  ${subject}, ${pods} pods: ${(list.milliseconds / 1000).toFixed(1)} s, heap ${(list.heapBytes / megabyte).toFixed(1)} MB, peak ${(list.peakBytes / megabyte).toFixed(0)} MB`,
  );
  return list.pods === pods ? list : `failed: saw ${list.pods} pods`;
}

/** Heap, peak and time of a list, and what twice the pods cost where both sizes were measured. */
async function listLines(bench: Bench, sizes: readonly number[]): Promise<readonly Line[]> {
  const results = new Map<string, ListResult | string>();
  for (const subject of subjectNames) {
    for (const pods of [0, ...sizes]) results.set(`${subject} ${pods}`, await listOf(bench, subject, pods));
  }
  const value = (pods: number, of: (list: ListResult, empty: ListResult) => number): Measured => {
    const one = (subject: SubjectName): number | string => {
      const [list, empty] = [results.get(`${subject} ${pods}`), results.get(`${subject} 0`)];
      if (typeof list !== 'object' || typeof empty !== 'object') return typeof list === 'string' ? list : 'failed';
      return of(list, empty);
    };
    return { ours: one('ours'), 'client-node': one('client-node') };
  };
  const heap = (list: ListResult, empty: ListResult): number => list.heapBytes - empty.heapBytes;
  const time = (list: ListResult, empty: ListResult): number => list.cpuMilliseconds - empty.cpuMilliseconds;
  const lines = sizes.flatMap((pods): Line[] => [
    {
      what: `heap per pod at ${pods}, KB`,
      ...value(pods, (list, empty) => heap(list, empty) / pods / kilobyte),
      goal: 1.5,
    },
    {
      what: `peak RSS at ${pods}, MB`,
      ...value(pods, ({ peakBytes }) => peakBytes / megabyte),
      goal: pods === 50_000 ? 250 : undefined,
    },
    { what: `list of ${pods}, s`, ...value(pods, ({ milliseconds }) => milliseconds / 1000) },
    { what: `list of ${pods}, CPU s`, ...value(pods, (list, empty) => time(list, empty) / 1000) },
  ]);
  const doubled = sizes.filter((pods) => sizes.includes(2 * pods));
  return [
    ...lines,
    ...doubled.flatMap((pods): Line[] => [
      { what: `heap, ${2 * pods} to ${pods} pods, ×`, ...ratio(value(2 * pods, heap), value(pods, heap)), goal: 2.1 },
      {
        what: `list CPU, ${2 * pods} to ${pods} pods, ×`,
        ...ratio(value(2 * pods, time), value(pods, time)),
        goal: 2.1,
      },
    ]),
  ];
}

function ratio(large: Measured, small: Measured): Measured {
  const one = (subject: SubjectName): number | string => {
    const [above, below] = [large[subject], small[subject]];
    return typeof above === 'number' && typeof below === 'number' ? above / below : 'failed';
  };
  return { ours: one('ours'), 'client-node': one('client-node') };
}

async function callsLine({ api, ...subjects }: Bench): Promise<Line> {
  const connections = async (): Promise<number> => {
    const answer = await api.ask({ do: 'count' });
    return 'connections' in answer ? answer.connections : Number.NaN;
  };
  const measured = await both(async (subject) => {
    const before = await connections();
    const task = { subject, server: api.address('0'), measure: 'calls', count: calls } as const;
    const answer = await measure(subjects, task, timeoutMilliseconds);
    return 'called' in answer ? (await connections()) - before : failureOf(answer);
  });
  return { what: `connections for ${calls} calls`, ...measured, goal: 2 };
}

async function floodLine({ api, ...subjects }: Bench, pods: number): Promise<Line> {
  const measured = await both(async (subject) => {
    const world = subject === 'ours' ? `${pods}+` : String(pods);
    const task = { subject, server: api.address(world), measure: 'flood', count: floodEvents } as const;
    const answer = await measure(subjects, task, timeoutMilliseconds, () =>
      api.order({ do: 'flood', world, events: floodEvents }),
    );
    return 'milliseconds' in answer ? (floodEvents * 1000) / answer.milliseconds : failureOf(answer);
  });
  return { what: 'watch events per second', ...measured, more: true };
}

async function decisionLines({ api, ...subjects }: Bench, pods: number): Promise<readonly Line[]> {
  const world = `${pods}+`;
  const task = { subject: 'ours', server: api.address(world), measure: 'decide', count: streamEvents } as const;
  const answer = await measure(subjects, task, timeoutMilliseconds, () =>
    api.order({ do: 'stream', world, events: streamEvents, perSecond: streamPerSecond }),
  );
  if (!('latency' in answer)) return [{ what: 'event to decision', ours: failureOf(answer), 'client-node': '' }];
  const { p50, p99, maximum, samples, decisions } = answer.latency;
  say(`  ${samples} events at ${streamPerSecond} a second, ${decisions} looks with something to do`);
  return [
    { what: 'event to decision, p50, ms', ours: p50, 'client-node': '' },
    { what: 'event to decision, p99, ms', ours: p99, 'client-node': '', goal: 100 },
    { what: 'event to decision, longest, ms', ours: maximum, 'client-node': '' },
  ];
}

async function run(sizes: readonly number[], nodeFlags: readonly string[]): Promise<void> {
  const [smallest = 0] = sizes;
  say(
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), kernel ${release()}, Node ${process.version} ${nodeFlags.join(' ')}`,
  );
  const api = await startApi();
  const folder = await bundleSubjects();
  const bench = { api, folder, nodeFlags };
  try {
    say('rendering pods');
    const rendered = await api.ask({ do: 'render', pods: Math.max(...sizes) });
    if ('rendered' in rendered) {
      say(`  ${(rendered.rendered / Math.max(...sizes) / kilobyte).toFixed(1)} KB of JSON a pod`);
    }
    say('listing');
    const lines = [...(await listLines(bench, sizes))];
    say('calling');
    lines.push(await callsLine(bench));
    say('following');
    lines.push(await floodLine(bench, smallest));
    say('deciding');
    lines.push(...(await decisionLines(bench, smallest)));
    say('');
    printTable(lines, say);
    process.exitCode = lines.every(({ ours, goal }) => goal === undefined || (typeof ours === 'number' && ours <= goal))
      ? 0
      : 1;
  } finally {
    await api.stop();
    await forget(folder);
  }
}

function sizesOf(text: string): readonly number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size >= floodEvents && size % 50 === 0)) {
    return sizes.toSorted((one, other) => one - other);
  }
  throw new InvalidArgumentError(`numbers of pods, at least ${floodEvents} and multiples of 50.`);
}

await new Command('bench:controller')
  .description(
    'Measures what the controller’s view of the cluster costs, beside client-node’s informer, over an API server on loopback.',
  )
  .option('--pods <numbers>', 'how many pods, comma-separated', sizesOf, [10_000, 20_000, 50_000])
  .option('--node-flag <flag...>', 'flags of the measured processes, as --node-flag=--max-semi-space-size=4', [])
  .action(async ({ pods, nodeFlag }: { readonly pods: readonly number[]; readonly nodeFlag: readonly string[] }) =>
    run(pods, nodeFlag),
  )
  .parseAsync();
