import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ApiAnswer, ApiOrder, SubjectAnswer, SubjectTask } from './protocol.ts';

/** The API server of the bench, in its own process. */
export interface BenchApi {
  /** Address of a world of so many pods; with owners and nodes where `+` is added. */
  address(world: string): string;
  ask(order: ApiOrder): Promise<ApiAnswer>;
  order(order: ApiOrder): void;
  stop(): Promise<void>;
}

export async function startApi(): Promise<BenchApi> {
  const child = fork(new URL('api.ts', import.meta.url), { execArgv: ['--max-old-space-size=1024'] });
  const [started] = (await once(child, 'message')) as [ApiAnswer];
  if (!('port' in started)) throw new Error('the API server did not start');
  return {
    address: (world) => `http://127.0.0.1:${started.port}/${world}`,
    ask: async (order) => {
      child.send(order);
      const [answer] = (await once(child, 'message')) as [ApiAnswer];
      return answer;
    },
    order: (order) => void child.send(order),
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Runs one measurement in a fresh process; that it fails or takes too long is a result too. */
export async function measure(
  task: SubjectTask,
  timeoutMilliseconds: number,
  onReady: () => void = () => undefined,
): Promise<SubjectAnswer> {
  const child = fork(new URL('subject.ts', import.meta.url), [JSON.stringify(task)], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const answer = Promise.withResolvers<SubjectAnswer>();
  child.on('message', (said: SubjectAnswer) => {
    if ('ready' in said) onReady();
    else answer.resolve(said);
  });
  child.on('exit', (code, signal) => answer.resolve({ failure: `ended with ${signal ?? code}` }));
  const timer = setTimeout(
    () => answer.resolve({ failure: `not done in ${timeoutMilliseconds / 1000} s` }),
    timeoutMilliseconds,
  );
  const said = await answer.promise;
  clearTimeout(timer);
  await ended(child);
  return said;
}
