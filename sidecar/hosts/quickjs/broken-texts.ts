import { parseAskedPowers, parseCacheFolders } from '../../asked-powers.ts';
import { currentAuthorities } from '../../authorities.ts';
import type { FileAnswer, FolderAnswer, Host } from '../../host.ts';
import { readCpuSeconds, readResidentBytes } from '../../metrics-text.ts';
import { parseCommands } from '../../parse-commands.ts';
import { parseTargets } from '../../probe-targets.ts';
import { findMainProcess, sharingProblem } from '../../processes.ts';
import { resolveRedirect } from '../../redirect.ts';
import { makeNodeWatch } from '../../signals/node-pressure.ts';
import { readLimits } from '../../signals/open-files.ts';
import { makeOwnCgroup } from '../../signals/own-cgroup.ts';
import { makeProcessGroups } from '../../signals/process-groups.ts';
import { parseReportAnswer } from '../../signals/report-answer.ts';

const container = 'a'.repeat(64);

/** Good texts of the kernel, of the kubelet and of a controller: broken ones are made from them. */
const goodTexts = {
  stat: '20 (a p) p) S 7 20 20 0 -1 4194304 100 0 0 0 12 3 0 0 20 0 4 0 1000 10000000 2000 18446744073709551615 1 1 0\n',
  status:
    'Name:\tapp\nState:\tS (sleeping)\nPPid:\t0\nVmRSS:\t  9000 kB\nRssAnon:\t  8000 kB\nRssShmem:\t 4 kB\nThreads:\t4\n',
  smaps_rollup: '55c3-7ffc ---p 0 [rollup]\nRss: 9000 kB\nPss_Anon:  2000 kB\nAnonymous:  8000 kB\n',
  cgroup: `12:memory:/kubepods/pod1/${container}\n0::/../cri-containerd-${container}.scope\n`,
  limits:
    'Limit  Soft Limit  Hard Limit  Units\nMax processes  unlimited  63432  processes\nMax open files  1024  4096  files\n',
  vmstat: 'nr_free_pages 1\noom_kill 3\npgfault 9\n',
  pressure: 'some avg10=1.25 avg60=0.00 avg300=0.00 total=99\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=9\n',
  cpu: 'usage_usec 9\nnr_periods 100\nnr_throttled 7\nthrottled_usec 8\n',
  bytes: '1048576\n',
  authorities: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  commands: `{"commands":[{"id":"a","kind":"restart-container","container":"cart","containerId":"${container}","graceSeconds":30},{"id":"b","kind":"clear-cache"}]}`,
  answer: `{"containers":[{"name":"cart","id":"${container}","memoryLimitBytes":536870912},{"name":"x"}],"wantsRecorder":true}`,
  targets:
    '[{"container":"cart","probe":"liveness","action":{"type":"http","scheme":"http","port":80,"path":"/","headers":[{"name":"Host","value":"a"}]},"periodSeconds":10,"timeoutSeconds":1,"failureThreshold":3}]',
  powers: '{"restart-container":"given","clear-cache":"no-cache"}',
  folders: '["data/tmp","scratch"]',
  location: 'http://10.0.0.7:8080/live?x=1#y',
} as const;
type Kind = keyof typeof goodTexts;

const procNames = ['stat', 'status', 'smaps_rollup', 'cgroup', 'limits', 'vmstat'] as const;

/** What breaks readers: numbers beyond all bounds, ends that are missing, other alphabets, deep nesting. */
const pieces = [
  '',
  '\0',
  '\n',
  ' ',
  ')',
  '(',
  '-1',
  '0',
  '1e999',
  '99999999999999999999999999',
  'NaN',
  'max',
  'unlimited',
  '\ud800',
  'ü',
  '🂡',
  '"',
  '\\u0000',
  '{',
  '[',
  ']}',
  'null',
  '"__proto__":{"a":1},',
  '../../',
  '['.repeat(8_000),
] as const;

/** The same numbers for the same seed on every engine. 0 ≤ x < 1. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function makeBreaker(random: () => number): (kind: Kind) => string {
  const below = (bound: number): number => Math.floor(random() * bound);
  const waysToBreak: readonly ((text: string, at: number, end: number) => string)[] = [
    (text, at) => text.slice(0, at),
    (text, at, end) => text.slice(0, at) + text.slice(Math.max(at, end)),
    (text, at) => text.slice(0, at) + (pieces[below(pieces.length)] ?? '') + text.slice(at),
    (text, at) => text.slice(0, at) + String.fromCharCode(below(0x1_00_00)) + text.slice(at + 1),
    (text, at, end) => text.slice(0, at) + text.slice(Math.min(at, end), at).repeat(1 + below(8)) + text.slice(at),
  ];
  return (kind) => {
    let text: string = goodTexts[kind];
    for (let left = below(5); left > 0; left -= 1) {
      const [at, end] = [below(text.length + 1), below(text.length + 1)];
      text = waysToBreak[below(waysToBreak.length)]?.(text, at, end) ?? text;
    }
    return text;
  };
}

/** Files of a pod whose kernel has gone mad: another text each time, and now and then none. */
function makeMadHost(random: () => number, broken: (kind: Kind) => string): Host {
  const kindOf = (path: string): Kind => {
    if (path.startsWith('/proc/pressure/')) return 'pressure';
    if (path.endsWith('cpu.stat')) return 'cpu';
    if (path.startsWith('/sys/')) return 'bytes';
    const name = path.slice(path.lastIndexOf('/') + 1);
    return procNames.find((known) => known === name) ?? 'authorities';
  };
  const readFile = (path: string): Promise<FileAnswer> =>
    Promise.resolve(random() < 0.05 ? { problem: 'ESRCH' } : { text: broken(kindOf(path)) });
  const listFolder = (): Promise<FolderAnswer> =>
    Promise.resolve(
      random() < 0.05 ? { problem: 'EACCES' } : { names: ['1', '7', '20', '21', 'self', broken('bytes').trim()] },
    );
  const now = (): number => Math.floor(random() * 1e12);
  return { readFile, listFolder, now } as Partial<Host> as Host;
}

/**
 * For tests: gives broken texts to all that reads texts in the core, so many rounds for a seed. What was read comes back
 * as one number, which must be the same on every engine. A reader that throws lets the promise reject.
 */
export async function readBrokenTexts(seed: number, rounds: number): Promise<number> {
  const random = makeRandom(seed);
  const broken = makeBreaker(random);
  const host = makeMadHost(random, broken);
  const [groups, node, cgroup] = [makeProcessGroups(host), makeNodeWatch(host), makeOwnCgroup(host)];
  let digest = 0x81_1c_9d_c5;
  const note = (read: unknown): void => {
    const text = JSON.stringify(read) ?? 'undefined';
    for (let at = 0; at < text.length; at += 1) digest = Math.imul(digest ^ text.charCodeAt(at), 0x01_00_01_93);
  };
  for (let round = 0; round < rounds; round += 1) {
    note(parseCommands(broken('commands')));
    note(parseReportAnswer(broken('answer')));
    note(parseTargets(broken('targets')));
    note([parseAskedPowers(broken('powers')), parseCacheFolders(broken('folders'))]);
    note(resolveRedirect({ secure: false, port: 80, path: '/' }, '10.0.0.7', broken('location')));
    note([readResidentBytes(broken('status')), readCpuSeconds(broken('stat'))]);
    note(await currentAuthorities(host, { authorities: 'own', authoritiesFile: '/ca' }));
    note([await findMainProcess(host, container), await sharingProblem(host)]);
    note(await readLimits(host, 20));
    note(await groups.scan());
    await node.look();
    await cgroup.look(round * 5);
    note([node.pressure, cgroup.usedBytes(), cgroup.limitBytes(), cgroup.throttledRatio()]);
  }
  return digest >>> 0;
}
