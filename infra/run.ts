import { execa } from 'execa';
import { AutopilotError } from '#runtime/errors.ts';
import { childEnvironment } from './settings.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
  /** Called for each line of stderr, for progress. */
  readonly onErrorLine?: (line: string) => void;
}

/** How much of a failed program's output a person is shown. */
const shownLines = 12;

/**
 * Runs a program to its end and returns its stdout. No shell is involved.
 *
 * @throws AutopilotError AP_COMMAND_FAILED with the command line and the last lines that it printed.
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const timeoutSeconds = options.timeoutSeconds ?? 120;
  const child = execa(file, args, {
    env: childEnvironment(options.environment),
    extendEnv: false,
    timeout: timeoutSeconds * 1000,
    killSignal: 'SIGTERM',
    forceKillAfterDelay: 5_000,
    reject: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (options.onErrorLine) {
    for await (const line of child.iterable({ from: 'stderr' })) options.onErrorLine(line);
  }
  const result = await child;
  if (result.failed) {
    const printed = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-shownLines).join('\n');
    const how = result.timedOut
      ? `did not end within ${timeoutSeconds} s`
      : `failed (${result.exitCode ?? result.code})`;
    throw new AutopilotError('AP_COMMAND_FAILED', `${file} ${args.join(' ')} ${how}\n${printed}`, { cause: result });
  }
  return result.stdout;
}

/** True when the program ran and exited 0 within the time given. */
export async function succeeds(file: string, args: readonly string[], timeoutSeconds = 10): Promise<boolean> {
  try {
    await run(file, args, { timeoutSeconds });
    return true;
  } catch {
    return false;
  }
}
