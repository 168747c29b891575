import { execa } from 'execa';
import { childEnvironment } from './settings.ts';

export interface ShowOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

/** Runs a program with its output on ours; false when it failed or took too long. */
export async function show(file: string, args: readonly string[], options: ShowOptions): Promise<boolean> {
  const result = await execa(file, args, {
    cwd: options.cwd,
    env: childEnvironment(options.environment),
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
    timeout: options.timeoutSeconds * 1000,
    reject: false,
  });
  return !result.failed;
}
