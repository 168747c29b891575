import { maximumCommands, maximumGraceSeconds, type Command } from '#contract/command.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A command, or the id of one that this agent does not understand and has to answer for. */
export type ParsedCommand = Command | { readonly id: string; readonly kind: 'unknown' };

/** Reads the answer to a poll; undefined where it is none. */
export function parseCommands(text: string): readonly ParsedCommand[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const commands = isObject(parsed) ? parsed['commands'] : undefined;
  if (!Array.isArray(commands) || commands.length > maximumCommands) return undefined;
  return commands.flatMap((command) => (isObject(command) ? commandOf(command) : []));
}

function commandOf(command: JsonObject): readonly ParsedCommand[] {
  const { id, kind, container, containerId, graceSeconds } = command;
  if (typeof id !== 'string' || id === '' || id.length > 128) return [];
  if (kind === 'clear-cache' || kind === 'restart-all') return [{ id, kind }];
  const isGrace =
    typeof graceSeconds === 'number' &&
    Number.isInteger(graceSeconds) &&
    graceSeconds >= 0 &&
    graceSeconds <= maximumGraceSeconds;
  if (kind !== 'restart-container' || typeof container !== 'string' || !isGrace) return [{ id, kind: 'unknown' }];
  if (containerId === undefined) return [{ id, kind, container, graceSeconds }];
  return typeof containerId === 'string' && /^[0-9a-f]{32,64}$/.test(containerId)
    ? [{ id, kind, container, containerId, graceSeconds }]
    : [{ id, kind: 'unknown' }];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
