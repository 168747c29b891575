import {
  coarseStepSeconds,
  fineSeconds,
  maximumRecordedSeries,
  maximumRecordingBytes,
  recordedName,
  recordedSeconds,
  recordedSignals,
  type RecordedSeries,
  type Recording,
} from '#contract/recording.ts';
import { worse, type Channel, type FlightRecorder } from './flight-recorder.ts';

/** Most telling first: what no longer fits is left out from the end. */
const order = Object.keys(recordedSignals);

/** Puts the last two minutes into the agreed shape, within its bounds. */
export function takeRecording(recorder: FlightRecorder, reason: Recording['reason'], now: number): Recording {
  const recording: Recording = { at: new Date(now).toISOString(), reason, series: [] };
  let bytes = JSON.stringify(recording).length;
  const channels = [...recorder.channels()].toSorted(
    (left, right) => order.indexOf(left.signal) - order.indexOf(right.signal),
  );
  for (const channel of channels) {
    const series = seriesOf(channel, recorder.second());
    if (series === undefined) continue;
    // Names of Kubernetes are ASCII, so that characters are bytes; the one more is the comma.
    bytes += JSON.stringify(series).length + 1;
    if (bytes > maximumRecordingBytes || recording.series.length === maximumRecordedSeries) break;
    recording.series.push(series);
  }
  return recording;
}

/** Undefined for one that tells nothing: no value, or 0 all the time. */
function seriesOf({ signal, of, limit, values }: Channel, second: number): RecordedSeries | undefined {
  const points: (number | null)[] = [];
  for (let end = second - fineSeconds; end > second - recordedSeconds; end -= coarseStepSeconds) {
    let value = Number.NaN;
    for (let each = end; each > end - coarseStepSeconds; each -= 1) value = worse(value, at(values, each));
    points.unshift(pointOf(value));
  }
  const firstKnown = points.findIndex((point) => point !== null);
  const coarse = firstKnown === -1 ? [] : points.slice(firstKnown);
  const fine = Array.from({ length: fineSeconds }, (_, index) => pointOf(at(values, second - fineSeconds + 1 + index)));
  const known = [...coarse, ...fine].filter((point) => point !== null);
  // One name that the schema does not take would cost the whole report.
  if (of !== '' && !recordedName.test(of)) return undefined;
  if (known.length === 0 || (signal !== 'probe' && known.every((point) => point === 0))) return undefined;
  return {
    signal,
    ...(of === '' ? {} : { of }),
    ...(limit === undefined ? {} : { limit: Math.max(1, Math.round(limit)) }),
    coarse,
    fine: coarse.length === 0 ? fine.slice(fine.findIndex((point) => point !== null)) : fine,
  };
}

function at(values: Float32Array, second: number): number {
  return second < 0 ? Number.NaN : (values[second % recordedSeconds] ?? Number.NaN);
}

function pointOf(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value);
}
