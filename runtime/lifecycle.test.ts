import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { makeLifecycle, runProcess, type Lifecycle } from './lifecycle.ts';
import { makeLogger } from './logger.ts';

const log = makeLogger('test', 'silent');
const never = new Promise<void>(() => undefined);

describe('a lifecycle', () => {
  test('stops its parts in reverse order, after its signal has fired', async () => {
    const lifecycle = makeLifecycle(log);
    const stopped: string[] = [];
    for (const name of ['first', 'second']) {
      lifecycle.started({
        name,
        stop: () => {
          stopped.push(`${name} ${String(lifecycle.signal.aborted)}`);
          return Promise.resolve();
        },
      });
    }
    await lifecycle.stop();
    expect(stopped).toEqual(['second true', 'first true']);
  });

  test('stops each part once, however often it is asked', async () => {
    const lifecycle = makeLifecycle(log);
    let stops = 0;
    lifecycle.started({ name: 'part', stop: () => Promise.resolve(void (stops += 1)) });
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(stops).toBe(1);
  });

  test('leaves a part that hangs or fails behind, so that the others are still stopped', async () => {
    const lifecycle = makeLifecycle(log, 60);
    const stopped: string[] = [];
    lifecycle.started({ name: 'last to stop', stop: () => Promise.resolve(void stopped.push('last')) });
    lifecycle.started({ name: 'hangs', stop: () => never });
    lifecycle.started({ name: 'fails', stop: () => Promise.reject(new TypeError('no')) });
    await lifecycle.stop();
    expect(stopped).toEqual(['last']);
  });
});

describe('a process', () => {
  interface FakeProcess {
    readonly host: NodeJS.Process;
    readonly signals: EventEmitter;
    readonly exited: Promise<number>;
  }

  function makeProcess(): FakeProcess {
    const signals = new EventEmitter();
    let resolveExit: (code: number) => void = () => undefined;
    const exited = new Promise<number>((resolve) => (resolveExit = resolve));
    const host = Object.assign(signals, { exit: resolveExit }) as unknown as NodeJS.Process;
    return { host, signals, exited };
  }

  test.each(['SIGTERM', 'SIGINT'])('ends with 0 on %s when its parts have stopped', async (signal) => {
    const { host, signals, exited } = makeProcess();
    let stopped = false;
    const main = (lifecycle: Lifecycle): Promise<void> => {
      lifecycle.started({ name: 'part', stop: () => Promise.resolve(void (stopped = true)) });
      return Promise.resolve();
    };
    await runProcess(log, main, host);
    expect(stopped).toBe(false);
    signals.emit(signal, signal);
    expect(await exited).toBe(0);
    expect(stopped).toBe(true);
  });

  test('ends with 1 when it can’t start, and stops what had been started', async () => {
    const { host, exited } = makeProcess();
    let stopped = false;
    const main = (lifecycle: Lifecycle): Promise<void> => {
      lifecycle.started({ name: 'part', stop: () => Promise.resolve(void (stopped = true)) });
      return Promise.reject(new TypeError('no'));
    };
    await runProcess(log, main, host);
    expect([await exited, stopped]).toEqual([1, true]);
  });
});
