import type { LatencyResult, ListResult, Subject, SubjectAnswer, SubjectTask } from './protocol.ts';

function say(answer: SubjectAnswer): void {
  process.send?.(answer);
}

/** What is in use after all garbage is gone. So many rounds let go of code, too, that is not needed any more. */
function heapBytes(): number {
  for (let round = 0; round < 12; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Times a list from the start of the subject. */
async function measureList(list: () => Promise<() => number>): Promise<ListResult> {
  const start = performance.now();
  const count = await list();
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  // The last answer's buffers are let go in later turns.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { heapBytes: heapBytes(), peakBytes, milliseconds, cpuMilliseconds: (user + system) / 1000, pods: count() };
}

async function run(task: SubjectTask, subject: Subject, decide: Decide | undefined): Promise<void> {
  const { count } = task;
  switch (task.measure) {
    case 'list':
      say({ list: await measureList(() => subject.list()) });
      break;
    case 'calls':
      await subject.call(count);
      say({ called: count });
      break;
    case 'flood': {
      let listed = false;
      let seen = 0;
      let start = 0;
      await subject.list(() => {
        if (!listed) return;
        if (seen === 0) start = performance.now();
        seen += 1;
        if (seen === count) say({ milliseconds: performance.now() - start });
      });
      listed = true;
      say({ ready: true });
      break;
    }
    case 'decide':
      if (decide) say({ latency: await decide(task.server, count, () => say({ ready: true })) });
      break;
  }
}

type Decide = (server: string, events: number, onListed: () => void) => Promise<LatencyResult>;

/** Does the one measurement that the process was started for. */
export function runSubject(make: (server: string) => Subject, decide?: Decide): void {
  const task = JSON.parse(process.argv[2] ?? '{}') as SubjectTask;
  process.on('disconnect', () => process.exit(0));
  run(task, make(task.server), decide).catch((error: unknown) => {
    say({ failure: error instanceof Error ? error.message : String(error) });
  });
}
