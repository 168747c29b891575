import { describe, expect, test } from 'vitest';
import type { Clock } from '#runtime/clock.ts';
import type { AgentCommand } from '../model/agent-commands.ts';
import { makeCommandHub, type CommandHub } from './command-hub.ts';

/** Time passes when a test lets it. */
function makeTime(): { readonly clock: Clock; readonly pass: (milliseconds: number) => Promise<void> } {
  let now = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    clock: {
      now: () => now,
      sleep: (milliseconds, signal) =>
        new Promise((resolve, reject) => {
          sleepers.push({ at: now + milliseconds, wake: resolve });
          signal?.addEventListener('abort', () => reject(new TypeError('aborted')));
        }),
    },
    pass: async (milliseconds) => {
      now += milliseconds;
      const due = sleepers.filter(({ at }) => at <= now);
      sleepers = sleepers.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const clear: AgentCommand = { kind: 'clear-cache' };
const patient = (): AbortSignal => new AbortController().signal;
const poll = (hub: CommandHub, pod = 'pod-1', result?: string) =>
  hub.poll(pod, result === undefined ? [] : [{ id: result, result: 'done', message: 'emptied' }], patient());

function setUp(maximum?: number) {
  const time = makeTime();
  return { ...time, hub: makeCommandHub({ clock: time.clock, ...(maximum === undefined ? {} : { maximum }) }) };
}

describe('a command', () => {
  test('reaches the agent that waits for one, and its acknowledgement the sender', async () => {
    const { hub } = setUp();
    const polled = poll(hub);
    const sent = hub.send('pod-1', 'a', clear, patient());
    expect(await polled).toEqual([{ id: 'a', kind: 'clear-cache' }]);
    void poll(hub, 'pod-1', 'a');
    expect(await sent).toEqual({ result: 'done', message: 'emptied' });
  });

  test('carries the container’s id without its scheme and a grace that is a whole number within bounds', async () => {
    const { hub } = setUp();
    const polled = poll(hub);
    const containerId = `containerd://${'0a'.repeat(32)}`;
    void hub.send(
      'pod-1',
      'a',
      { kind: 'restart-container', container: 'cart', containerId, graceSeconds: 1e9 },
      patient(),
    );
    expect(await polled).toEqual([
      { id: 'a', kind: 'restart-container', container: 'cart', containerId: '0a'.repeat(32), graceSeconds: 3600 },
    ]);
  });

  test('has no one to go to where no agent ever polled, or none did lately', async () => {
    const { hub, pass } = setUp();
    expect(await hub.send('pod-1', 'a', clear, patient())).toBeUndefined();
    const polled = poll(hub);
    await pass(25_000);
    expect(await polled).toEqual([]);
    await pass(5_001);
    expect(await hub.send('pod-1', 'a', clear, patient())).toBeUndefined();
  });

  test('waits for an agent that is between two polls', async () => {
    const { hub, pass } = setUp();
    const polled = poll(hub);
    await pass(25_000);
    await polled;
    const sent = hub.send('pod-1', 'a', clear, patient());
    await pass(1_900);
    expect(await poll(hub)).toEqual([{ id: 'a', kind: 'clear-cache' }]);
    await pass(10_000);
    void poll(hub, 'pod-1', 'a');
    expect(await sent).toMatchObject({ result: 'done' });
  });

  test('is taken back when that agent does not come', async () => {
    const { hub, pass } = setUp();
    const polled = poll(hub);
    await pass(25_000);
    await polled;
    const sent = hub.send('pod-1', 'a', clear, patient());
    await pass(2_000);
    expect(await sent).toBeUndefined();
    const next = poll(hub);
    await pass(25_000);
    expect(await next).toEqual([]);
  });

  test('is given again to an agent that polls without its result, since the answer may be lost', async () => {
    const { hub } = setUp();
    const polled = poll(hub);
    void hub.send('pod-1', 'a', clear, patient());
    expect(await polled).toHaveLength(1);
    expect(await poll(hub)).toEqual([{ id: 'a', kind: 'clear-cache' }]);
  });

  test('that ends the agent is given once: whoever polls then may be its successor', async () => {
    const { hub, pass } = setUp();
    const deadline = new AbortController();
    const polled = poll(hub);
    const sent = hub.send('pod-1', 'a', { kind: 'restart-all' }, deadline.signal);
    expect(await polled).toEqual([{ id: 'a', kind: 'restart-all' }]);
    const next = poll(hub);
    await pass(25_000);
    expect(await next).toEqual([]);
    deadline.abort();
    expect(await sent).toMatchObject({ result: 'failed' });
  });

  test('that ends the agent is settled by what the agent says before it ends', async () => {
    const { hub } = setUp();
    const polled = poll(hub);
    const sent = hub.send('pod-1', 'a', { kind: 'restart-all' }, patient());
    await polled;
    void poll(hub, 'pod-1', 'a');
    expect(await sent).toMatchObject({ result: 'done' });
  });

  test('failed when nobody acknowledged it before the deadline, and is not given out after it', async () => {
    const { hub, pass } = setUp();
    const deadline = new AbortController();
    const polled = poll(hub);
    const sent = hub.send('pod-1', 'a', clear, deadline.signal);
    await polled;
    deadline.abort();
    expect(await sent).toMatchObject({ result: 'failed' });
    const next = poll(hub, 'pod-1', 'a');
    await pass(25_000);
    expect(await next).toEqual([]);
  });

  test('is refused while another is under way in the same pod, and only there', async () => {
    const { hub } = setUp();
    void poll(hub);
    const other = poll(hub, 'pod-2');
    void hub.send('pod-1', 'a', clear, patient());
    expect(await hub.send('pod-1', 'b', clear, patient())).toMatchObject({ result: 'refused' });
    void hub.send('pod-2', 'c', clear, patient());
    expect(await other).toEqual([{ id: 'c', kind: 'clear-cache' }]);
  });

  test('is not settled by the agent of another pod', async () => {
    const { hub } = setUp();
    const polled = poll(hub);
    let settled = false;
    void hub.send('pod-1', 'a', clear, patient()).then(() => (settled = true));
    await polled;
    void poll(hub, 'pod-2', 'a');
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
  });
});

describe('a poll', () => {
  test('ends when its connection does, and then the agent listens no more', async () => {
    const { hub, pass } = setUp();
    const gone = new AbortController();
    const polled = hub.poll('pod-1', [], gone.signal);
    gone.abort();
    expect(await polled).toEqual([]);
    await pass(5_001);
    expect(await hub.send('pod-1', 'a', clear, patient())).toBeUndefined();
  });

  test('takes the place of an older one of the same agent', async () => {
    const { hub } = setUp();
    const older = poll(hub);
    const newer = poll(hub);
    expect(await older).toEqual([]);
    void hub.send('pod-1', 'a', clear, patient());
    expect(await newer).toHaveLength(1);
  });

  test('is turned away when too many agents listen, until one of them has been away for a while', async () => {
    const { hub, pass } = setUp(1);
    const first = poll(hub);
    expect(await poll(hub, 'pod-2')).toBe('busy');
    await pass(25_000);
    await first;
    await pass(5_001);
    const second = poll(hub, 'pod-2');
    await pass(25_000);
    expect(await second).toEqual([]);
  });

  test('is answered at once when the server ends', async () => {
    const { hub } = setUp();
    const polled = poll(hub);
    hub.release();
    expect(await polled).toEqual([]);
  });
});
