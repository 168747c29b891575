import type { CommandResult, RestartCommand } from '#contract/command.ts';
import type { Host } from './host.ts';
import { findMainProcess, isRunning, type ProcessStat } from './processes.ts';

/** Between two looks at a process that was asked to end. Milliseconds. */
const lookMilliseconds = 100;

/** A process that is still there so long after SIGKILL is stuck in the kernel. Milliseconds. */
const killMilliseconds = 10_000;

export type Outcome = Omit<CommandResult, 'id'>;

/**
 * Ends the main process of a container, so that the kubelet starts the container again: SIGTERM, the grace, SIGKILL.
 *
 * @param onSignalled called once a signal is on its way: from then on its end is ours.
 */
export async function restartContainer(
  host: Host,
  command: Pick<RestartCommand, 'containerId' | 'graceSeconds'>,
  onSignalled: (containerId: string) => void,
): Promise<Outcome> {
  const { containerId, graceSeconds } = command;
  if (containerId === undefined) return { result: 'refused', message: 'the container’s id is not known' };
  const found = await findMainProcess(host, containerId);
  if ('problem' in found) return { result: 'refused', message: found.problem };
  const { main } = found;
  const began = host.monotonic();
  const done = (how: string): Outcome => {
    const seconds = ((host.monotonic() - began) / 1000).toFixed(1);
    return { result: 'done', message: `${how} after ${seconds} s` };
  };
  if (graceSeconds > 0) {
    const asked = host.signal(main.processId, 'SIGTERM');
    if (asked === 'refused') return { result: 'refused', message: 'the process is another user’s' };
    if (asked === 'sent') onSignalled(containerId);
    if (asked === 'gone' || (await hasEnded(host, main, graceSeconds * 1000))) return done('ended by SIGTERM');
  }
  const killed = host.signal(main.processId, 'SIGKILL');
  if (killed === 'refused') {
    // Once its process was signalled it must have changed its user since: something was done all the same.
    return { result: graceSeconds > 0 ? 'failed' : 'refused', message: 'the process is another user’s' };
  }
  if (killed === 'sent') onSignalled(containerId);
  if (killed === 'gone' || (await hasEnded(host, main, killMilliseconds))) return done('ended by SIGKILL');
  return { result: 'failed', message: 'the process is still there after SIGKILL' };
}

async function hasEnded(host: Host, main: ProcessStat, milliseconds: number): Promise<boolean> {
  const until = host.monotonic() + milliseconds;
  for (;;) {
    if (!(await isRunning(host, main))) return true;
    if (host.monotonic() >= until) return false;
    await new Promise<void>((resolve) => {
      host.after(lookMilliseconds, resolve);
    });
  }
}
