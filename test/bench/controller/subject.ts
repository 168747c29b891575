import type { ListResult, SubjectAnswer, SubjectTask } from './protocol.ts';

/** One measurement in a process of its own. Only the subject's own modules are loaded, beside this one. */

function say(answer: SubjectAnswer): void {
  process.send?.(answer);
}

/** What is in use after all garbage is gone. */
function heapBytes(): number {
  for (let round = 0; round < 4; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Times a list from the start of the subject. */
async function measureList(list: () => Promise<() => number>): Promise<ListResult> {
  const start = performance.now();
  const count = await list();
  const milliseconds = performance.now() - start;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  // The last answer's buffers are let go in later turns.
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { heapBytes: heapBytes(), peakBytes, milliseconds, pods: count() };
}

async function run(task: SubjectTask): Promise<void> {
  const { count } = task;
  const subject =
    task.subject === 'ours'
      ? (await import('./ours.ts')).makeOurs(task.server)
      : (await import('./peer.ts')).makePeer(task.server);
  switch (task.measure) {
    case 'list':
      say({ list: await measureList(subject.list) });
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
    case 'decide': {
      const { measureDecisions } = await import('./decisions.ts');
      say({ latency: await measureDecisions(task.server, count, () => say({ ready: true })) });
      break;
    }
  }
}

run(JSON.parse(process.argv[2] ?? '{}') as SubjectTask).catch((error: unknown) => {
  say({ failure: error instanceof Error ? error.message : String(error) });
});
process.on('disconnect', () => process.exit(0));
