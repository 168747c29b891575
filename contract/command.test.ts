import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import {
  commandAnswerSchema,
  commandPollSchema,
  maximumAnswerBytes,
  maximumCommandResults,
  maximumCommands,
  maximumPollBytes,
  maximumResultCharacters,
  type Command,
  type CommandPoll,
} from './command.ts';

const ajv = new Ajv({ strict: true });
const isPoll = ajv.compile<CommandPoll>(commandPollSchema);
const isAnswer = ajv.compile<{ commands: Command[] }>(commandAnswerSchema);

function read<Shape>(name: string): Shape {
  return JSON.parse(readFileSync(new URL(`./examples/${name}.json`, import.meta.url), 'utf8')) as Shape;
}

const poll = read<CommandPoll>('command-poll');
const answer = read<{ commands: Command[] }>('command-answer');
const restart = answer.commands.find(({ kind }) => kind === 'restart-container');

describe('the shapes of commands', () => {
  test('accept their examples', () => {
    expect(isPoll(poll), JSON.stringify(isPoll.errors)).toBe(true);
    expect(isAnswer(answer), JSON.stringify(isAnswer.errors)).toBe(true);
  });

  test.each([
    ['another version', { ...poll, version: 2 }],
    ['a pod without uid', { ...poll, pod: { namespace: 'shop', name: 'cart' } }],
    ['an action that the agent names', { ...poll, action: 'evict-pod' }],
    ['an unknown result', { ...poll, results: [{ id: 'a', result: 'maybe', message: '' }] }],
  ])('refuse a poll with %s', (_what, body) => {
    expect(isPoll(body)).toBe(false);
  });

  test.each([
    ['another kind', { id: 'a', kind: 'delete-volume' }],
    ['a folder named from outside', { id: 'a', kind: 'clear-cache', folder: '/data' }],
    ['a container id that is a path', { ...restart, containerId: '../../..' }],
    ['a grace without end', { ...restart, graceSeconds: 1e9 }],
  ])('refuse a command with %s', (_what, command) => {
    expect(isAnswer({ commands: [command] })).toBe(false);
  });

  test('fit into their bounds at their largest', () => {
    const id = 'i'.repeat(128);
    const result = { id, result: 'refused', message: 'é'.repeat(maximumResultCharacters) };
    const results = Array.from({ length: maximumCommandResults }, () => result);
    const pod = { namespace: 'n'.repeat(63), name: 'p'.repeat(253), uid: 'u'.repeat(63) };
    expect(Buffer.byteLength(JSON.stringify({ ...poll, pod, results }))).toBeLessThan(maximumPollBytes);
    const largest = { ...restart, id, container: 'c'.repeat(253) };
    const commands = Array.from({ length: maximumCommands }, () => largest);
    expect(JSON.stringify({ commands }).length).toBeLessThan(maximumAnswerBytes);
  });
});
