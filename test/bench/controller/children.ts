import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '#infra/images/bundle.ts';
import { subjectNames, type ApiAnswer, type ApiOrder, type SubjectAnswer, type SubjectTask } from './protocol.ts';

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

/** Where the bundled subjects are, and the flags that they run with. */
export interface Subjects {
  readonly folder: string;
  readonly nodeFlags: readonly string[];
}

/** Bundles the subjects as the image's processes are, since Node's own removal of types takes memory; gives their folder. */
export async function bundleSubjects(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const project = join(import.meta.dirname, '../../..');
  for (const subject of subjectNames) {
    const bytes = await bundle(project, `test/bench/controller/subject-${subject}.ts`);
    await writeFile(join(folder, `${subject}.mjs`), bytes);
  }
  return folder;
}

export async function forget(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** Runs one measurement in a fresh process; that it fails or takes too long is a result too. */
export async function measure(
  { folder, nodeFlags }: Subjects,
  task: SubjectTask,
  timeoutMilliseconds: number,
  onReady: () => void = () => undefined,
): Promise<SubjectAnswer> {
  const child = fork(join(folder, `${task.subject}.mjs`), [JSON.stringify(task)], {
    execArgv: ['--expose-gc', ...nodeFlags],
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
