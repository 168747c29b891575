import { maximumEvidenceCharacters, maximumEvidenceLines } from '#contract/incident.ts';
import {
  coarseStepSeconds,
  recordedFailures,
  type RecordedSeries,
  type RecordedSignal,
  type Recording,
} from '#contract/recording.ts';

/** A value and how many seconds before the recording it was seen. */
interface Point {
  readonly value: number;
  readonly secondsBefore: number;
}

/** One signal as it went, and what may be said about it: undefined where that is nothing of interest. */
interface Course {
  readonly of: string;
  /** ` of <limit>`, or nothing. */
  readonly bound: string;
  readonly limit: number | undefined;
  readonly points: readonly Point[];
  readonly first: Point;
  readonly last: Point;
  readonly highest: number;
}

/** In the order in which people want to know it. */
const tellers: Readonly<Record<RecordedSignal, (course: Course) => string | undefined>> = {
  memory: (course) => `memory of ${course.of} ${change(course)}${course.bound} MiB${duration(course)}`,
  probe: ({ of, points }) => `${of}: ${probeStory(points)}`,
  'open-files': (course) => counted('open files', course),
  threads: (course) => counted('threads', course),
  zombies: ({ of, highest }) => `${highest} ended processes of ${of} that nobody took note of`,
  restarts: ({ of, first, highest }) =>
    highest > first.value ? `${of} began anew, times: ${highest - first.value}` : undefined,
  volume: ({ of, last, highest }) => (highest < 80 ? undefined : `volume ${of} ${last.value} % full`),
  'oom-kills': ({ first, highest }) =>
    highest > first.value ? `processes killed for memory on the node: ${highest - first.value}` : undefined,
  'memory-stall': (course) => share('memory stall', course, 1),
  'memory-pressure': (course) => share('memory pressure', course, 5),
  'cpu-pressure': (course) => share('cpu pressure', course, 20),
  'io-pressure': (course) => share('io pressure', course, 20),
  'agent-throttled': (course) => share('agent throttled', course, 20),
  'agent-memory': () => undefined,
};
const order = Object.keys(tellers);

const occasions: Readonly<Record<Recording['reason'], string>> = {
  probe: 'when a probe failed',
  memory: 'when a full memory was foreseen',
  process: 'when a main process was gone',
  asked: 'after an exit',
};

/** A recording in a few lines for people: when it was taken, and then the most telling first. */
export function minuteBefore(recording: Recording): readonly string[] {
  const lines = recording.series
    .toSorted((one, other) => order.indexOf(one.signal) - order.indexOf(other.signal))
    .flatMap((series) => lineOf(series) ?? [])
    .map((line) => line.slice(0, maximumEvidenceCharacters))
    .slice(0, maximumEvidenceLines - 1);
  return lines.length === 0 ? [] : [`recorded ${recording.at}, ${occasions[recording.reason]}`, ...lines];
}

function lineOf(series: RecordedSeries): string | undefined {
  const { signal, of = '', limit } = series;
  const points = pointsOf(series);
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const bound = limit === undefined ? '' : ` of ${limit}`;
  const highest = Math.max(...points.map(({ value }) => value));
  return tellers[signal]({ of, bound, limit, points, first, last, highest });
}

function pointsOf({ coarse, fine }: RecordedSeries): readonly Point[] {
  const older = coarse.map((value, index) => ({
    value,
    secondsBefore: fine.length + (coarse.length - 1 - index) * coarseStepSeconds,
  }));
  const newer = fine.map((value, index) => ({ value, secondsBefore: fine.length - 1 - index }));
  return [...older, ...newer].flatMap(({ value, secondsBefore }) => (value === null ? [] : [{ value, secondsBefore }]));
}

/** A count is told when it is half of its limit, or has doubled. */
function counted(what: string, course: Course): string | undefined {
  const { of, bound, limit = Infinity, first, highest } = course;
  if (highest < limit / 2 && highest < first.value * 2) return undefined;
  return `${what} of ${of} ${change(course)}${bound}${duration(course)}`;
}

/** A share of time in percent, of which less than `least` is told by nobody. */
function share(what: string, { last, highest }: Course, least: number): string | undefined {
  if (highest < least) return undefined;
  return `${what} ${last.value} %${highest > last.value ? `, ${highest} % at most` : ''}`;
}

function change({ first, last }: Course): string {
  return first.value === last.value ? String(last.value) : `${first.value} → ${last.value}`;
}

function duration({ first, last }: Course): string {
  const seconds = first.secondsBefore - last.secondsBefore;
  return first.value === last.value || seconds === 0 ? '' : ` in ${seconds} s`;
}

/** How a probe came to where it is: its last good answer, and what came since. */
function probeStory(points: readonly Point[]): string {
  const good = points.filter(({ value }) => value >= 0);
  const lastGood = good.at(-1);
  const bad =
    lastGood === undefined ? points : points.filter(({ secondsBefore }) => secondsBefore < lastGood.secondsBefore);
  const failure = bad.at(-1);
  const name = Object.entries(recordedFailures).find(([, code]) => code === failure?.value)?.[0] ?? 'failure';
  if (lastGood === undefined) return `no good answer, ${name}`;
  if (failure !== undefined) {
    return `last good answer ${lastGood.secondsBefore} s before, latency ${lastGood.value} ms → ${name}`;
  }
  const failed = points.length - good.length;
  const slowest = Math.max(...good.map(({ value }) => value));
  return `answers in ${lastGood.value} ms, ${slowest} ms at most${failed === 0 ? '' : `, ${failed} times not at all`}`;
}
