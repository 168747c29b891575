import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import { freePort } from './loopback.ts';
import type { EmptyAnswer } from '../../sidecar/host.ts';
import type { TestedHost } from './tested-host.ts';

/** Programs of the QuickJS host, by the script in them, or why there are none. */
export type Programs = { readonly agent: string; readonly driver: string } | { readonly problem: string };

declare module 'vitest' {
  interface ProvidedContext {
    quickJsPrograms: Programs;
  }
}

/** The programs that the suite has built. */
export function programs(): Programs {
  return inject('quickJsPrograms');
}

/** A running program and what it prints. */
export interface Running {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  /** Waits for a line that holds the text, among those from before too. */
  readonly line: (text: string) => Promise<string>;
  readonly exit: () => Promise<number | null>;
}

export function run(path: string, variables: Readonly<Record<string, string>>, args: readonly string[] = []): Running {
  const child = spawn(path, args, { env: variables, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  return {
    child,
    lines,
    line: async (text) => {
      for (;;) {
        const found = lines.find((line) => line.includes(text));
        if (found !== undefined) return found;
        await Promise.race([once(reader, 'line'), exited]);
        if (child.exitCode !== null && !lines.some((line) => line.includes(text)))
          throw new TypeError(`the program ended without saying ${text}: ${lines.join('\n')}`);
      }
    },
    exit: async () => (await exited)[0],
  };
}

/** The QuickJS host in a process of its own, with whatever the script in it can be asked for. */
export interface Driver {
  readonly running: Running;
  readonly host: TestedHost;
  readonly call: (method: string, ...args: readonly unknown[]) => Promise<unknown>;
}

/** Through another program where arguments say so. */
export async function startDriver(path: string, wrapped: readonly string[] = []): Promise<Driver> {
  const port = await freePort();
  const running = run(path, { DRIVER_PORT: String(port), PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, wrapped);
  await running.line('serving');
  const call = async (method: string, ...args: readonly unknown[]): Promise<unknown> => {
    const question = JSON.stringify([method, ...args]);
    const response = await fetch(`http://127.0.0.1:${port}/${encodeURIComponent(question)}`);
    const [answer] = JSON.parse(await response.text()) as [unknown];
    return answer ?? undefined;
  };
  const method = (name: string) => (async (...args: readonly unknown[]) => call(name, ...args)) as never;
  return {
    running,
    call,
    host: {
      processId: running.child.pid ?? 0,
      request: method('request'),
      connect: method('connect'),
      checkHealth: method('checkHealth'),
      post: method('post'),
      poll: method('poll'),
      readFile: method('readFile'),
      listFolder: method('listFolder'),
      fileSystem: method('fileSystem'),
      // JSON leaves out what is undefined.
      emptyFolder: async (asked) => ({
        problem: undefined,
        ...((await call('emptyFolder', asked)) as Omit<EmptyAnswer, 'problem'>),
      }),
      signal: method('signal'),
    },
  };
}
