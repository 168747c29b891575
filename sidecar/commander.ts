import {
  commandHoldSeconds,
  commandPath,
  commandVersion,
  maximumCommandResults,
  maximumResultCharacters,
  type CommandPoll,
  type CommandResult,
  type CommandResultName,
} from '#contract/command.ts';
import { restartAllExitCode } from '#contract/annotations.ts';
import type { AgentPower } from '#contract/vocabulary.ts';
import { currentAuthorities } from './authorities.ts';
import type { CacheFolder } from './asked-powers.ts';
import { clearCache } from './clear-cache.ts';
import type { Host, PostAnswer } from './host.ts';
import type { Log } from './log.ts';
import { sendBackoffMilliseconds } from './pace.ts';
import { parseCommands, type ParsedCommand } from './parse-commands.ts';
import { restartContainer, type Outcome } from './restart-container.ts';

/** A controller that is slow to let go of a poll has this much longer. Milliseconds. */
const pollTimeoutMilliseconds = commandHoldSeconds * 1000 + 10_000;

/** Least time between two polls: a controller that answers at once with nothing must not be asked without end. */
const leastPollMilliseconds = 1_000;

/** A controller without this path is an older one, which an upgrade replaces some time. Milliseconds. */
const noPathMilliseconds = 60_000;

/** Ids of commands whose results are remembered, so that each is done once however often it comes. */
const maximumRemembered = 64;

/** Until the agent ends, so that it can still say so: the kubelet asks nobody before it restarts the pod's containers. */
const exitMilliseconds = 500;

/** A projected token is about 1 KiB. */
const maximumTokenBytes = 16_384;

export interface CommanderParts {
  readonly host: Host;
  readonly log: Log;
  readonly reportUrl: string;
  readonly authorities: string;
  readonly authoritiesFile: string | undefined;
  readonly tokenFile: string;
  readonly pod: CommandPoll['pod'];
  readonly powers: readonly AgentPower[];
  readonly cacheFolders: readonly CacheFolder[];
  /** Told of a container whose process the agent itself ends. */
  readonly onEnding: (containerId: string) => void;
}

/** Asks the controller what is to be done in this pod, and does it: one command after the other. */
export interface Commander {
  start(): void;
  counts(): Readonly<Record<CommandResultName, number>>;
}

export function makeCommander(parts: CommanderParts): Commander {
  const { host, log, pod, powers } = parts;
  const url = `${/^https:\/\/[^/]+/.exec(parts.reportUrl)?.[0] ?? ''}${commandPath}`;
  const remembered = new Map<string, CommandResult>();
  const counts: Record<CommandResultName, number> = { done: 0, refused: 0, failed: 0 };
  let unsaid: readonly CommandResult[] = [];
  let failures = 0;

  const ask = async (): Promise<PostAnswer> => {
    const token = await host.readFile(parts.tokenFile, maximumTokenBytes);
    if ('problem' in token) return { outcome: 'failed', message: `token: ${token.problem}` };
    const body: CommandPoll = { version: commandVersion, pod, results: [...unsaid] };
    return host.poll({
      url,
      authorities: await currentAuthorities(host, parts),
      bearerToken: token.text.trim(),
      body: JSON.stringify(body),
      timeoutMilliseconds: pollTimeoutMilliseconds,
    });
  };

  const run = async (command: ParsedCommand): Promise<Outcome> => {
    if (command.kind === 'unknown') return { result: 'refused', message: 'the agent does not know this command' };
    if (!powers.includes(command.kind)) return { result: 'refused', message: 'the agent has not the power' };
    switch (command.kind) {
      case 'restart-container':
        return restartContainer(host, command, parts.onEnding);
      case 'clear-cache':
        return clearCache(host, parts.cacheFolders);
      case 'restart-all':
        host.after(exitMilliseconds, () => host.exit(restartAllExitCode));
        return { result: 'done', message: `the agent ends with ${restartAllExitCode}` };
    }
  };

  const obey = async (command: ParsedCommand): Promise<CommandResult> => {
    const { id, kind } = command;
    const known = remembered.get(id);
    if (known) return known;
    log('info', 'command taken', { id, kind });
    const { result, message } = await run(command);
    const said: CommandResult = { id, result, message: message.slice(0, maximumResultCharacters) };
    counts[result] += 1;
    log('info', 'command answered', { kind, ...said });
    remembered.set(id, said);
    const [oldest] = remembered.keys();
    if (remembered.size > maximumRemembered && oldest !== undefined) remembered.delete(oldest);
    return said;
  };

  const failed = (answer: PostAnswer): void => {
    failures += 1;
    const status = answer.outcome === 'answer' ? answer.status : undefined;
    const retryAfter = answer.outcome === 'answer' ? answer.retryAfterSeconds : undefined;
    const detail = answer.outcome === 'answer' ? { status } : { reason: answer.message };
    if (failures === 1) log('warn', 'commands can not be asked for, trying again', detail);
    const backoff = sendBackoffMilliseconds(failures, host.random(), retryAfter);
    host.after(status === 404 ? noPathMilliseconds : backoff, () => void poll());
  };

  const poll = async (): Promise<void> => {
    const began = host.monotonic();
    const answer = await ask();
    const commands = answer.outcome === 'answer' && answer.status === 200 ? parseCommands(answer.body) : undefined;
    if (commands === undefined) {
      failed(answer);
      return;
    }
    if (failures > 0) log('info', 'commands can be asked for again', { failures });
    failures = 0;
    const isNews = commands.some(({ id }) => !remembered.has(id));
    const results: CommandResult[] = [];
    for (const command of commands) results.push(await obey(command));
    unsaid = results.slice(0, maximumCommandResults);
    // A result is said at once: somebody waits for it.
    const rest = isNews ? 0 : Math.max(0, leastPollMilliseconds - (host.monotonic() - began));
    host.after(rest, () => void poll());
  };

  return { start: () => void poll(), counts: () => ({ ...counts }) };
}
