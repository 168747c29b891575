import { expect, test } from 'vitest';
import { imageValues } from './image-values.ts';

const reference = 'localhost/infra-autopilot/agent:dev-1';

test('the chart is pointed at what was built for it, and at nothing else', () => {
  expect(imageValues({ name: 'agent', reference, engine: 'quickjs' })).toEqual([
    '--set-string',
    'agent.image.tag=dev-1',
  ]);
  expect(imageValues({ name: 'sink', reference, engine: 'node' })).toEqual([]);
});

test('an agent that runs on Node gets the memory for it', () => {
  const values = imageValues({ name: 'agent', reference, engine: 'node' }).filter((value) => value !== '--set-string');
  expect(values).toEqual([
    'agent.image.tag=dev-1',
    'agent.resources.requests.memory=48Mi',
    'agent.resources.limits.memory=128Mi',
  ]);
});
