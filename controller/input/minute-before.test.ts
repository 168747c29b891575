import { expect, test } from 'vitest';
import { maximumEvidenceLines } from '#contract/incident.ts';
import type { RecordedSeries, Recording } from '#contract/recording.ts';
import { minuteBefore } from './minute-before.ts';

function recording(...series: RecordedSeries[]): Recording {
  return { at: '2026-01-01T12:00:00.000Z', reason: 'probe', series };
}

const memory: RecordedSeries = {
  signal: 'memory',
  of: 'app',
  limit: 512,
  coarse: [64, 100, 137, 173, 209, 246, 282, 318, 355, 391, 427],
  fine: [433, 440, 447, 454, 462, 469, 476, 484, 491, 498],
};

const lines: readonly [name: string, series: RecordedSeries, line: string | undefined][] = [
  ['how memory went', memory, 'memory of app 64 → 498 of 512 MiB in 60 s'],
  ['memory that stands still', { ...memory, coarse: [], fine: [80, 80] }, 'memory of app 80 of 512 MiB'],
  [
    'the last good answer of a probe and what came then',
    { signal: 'probe', of: 'app/liveness', coarse: [3, 4], fine: [3, 3, 3, 3, 3, 3, 5, null, -2, -2] },
    'app/liveness: last good answer 3 s before, latency 5 ms → timeout',
  ],
  [
    'a probe that has recovered',
    { signal: 'probe', of: 'app/liveness', coarse: [-4], fine: [900, 3] },
    'app/liveness: answers in 3 ms, 900 ms at most, 1 times not at all',
  ],
  [
    'a probe without any good answer',
    { signal: 'probe', of: 'app/readiness', coarse: [], fine: [null, -1] },
    'app/readiness: no good answer, refused',
  ],
  ['pressure and its peak', { signal: 'cpu-pressure', coarse: [0, 61], fine: [45] }, 'cpu pressure 45 %, 61 % at most'],
  ['no pressure that is usual', { signal: 'cpu-pressure', coarse: [3], fine: [5] }, undefined],
  [
    'open files near their limit',
    { signal: 'open-files', of: 'app', limit: 1024, coarse: [900], fine: [1020] },
    'open files of app 900 → 1020 of 1024 in 1 s',
  ],
  ['no threads that stay', { signal: 'threads', of: 'app', limit: 4096, coarse: [40], fine: [41] }, undefined],
  [
    'kills on the node since the recording began',
    { signal: 'oom-kills', coarse: [2, 2], fine: [3] },
    'processes killed for memory on the node: 1',
  ],
  [
    'a container that began anew',
    { signal: 'restarts', of: 'app', coarse: [1], fine: [2] },
    'app began anew, times: 1',
  ],
  ['a full volume', { signal: 'volume', of: 'cache', coarse: [], fine: [97] }, 'volume cache 97 % full'],
  ['nothing of what was not seen', { signal: 'memory', of: 'app', coarse: [null], fine: [null] }, undefined],
];

test.each(lines)('the minute before tells %s', (_name, series, line) => {
  const taken = 'recorded 2026-01-01T12:00:00.000Z, when a probe failed';
  expect(minuteBefore(recording(series))).toEqual(line === undefined ? [] : [taken, line]);
});

test('what is most telling comes first, and the number of lines is bounded', () => {
  const probe: RecordedSeries = { signal: 'probe', of: 'app/liveness', coarse: [], fine: [3] };
  const many = Array.from({ length: 20 }, () => probe);
  const told = minuteBefore(recording(...many, memory));
  expect(told).toHaveLength(maximumEvidenceLines);
  expect(told[1]).toContain('memory');
});
