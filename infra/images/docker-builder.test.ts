import { expect, it } from 'vitest';
import { makeDockerBuilder } from './docker-builder.ts';

it('builds on the published Node image, saves an archive that carries the reference, and leaves no tag behind', async () => {
  const commands: string[] = [];
  const builder = makeDockerBuilder(async (program, args) => {
    commands.push([program, ...args].join(' '));
    return '';
  });
  await builder.build({
    dockerfile: '/project/infra/images/agent.Dockerfile',
    contextDirectory: '/cache/agent-context',
    reference: 'localhost/infra-autopilot/agent:dev-1',
    archivePath: '/cache/agent.tar',
    note: () => {},
  });
  expect(commands).toEqual([
    'docker build --build-arg BASE_IMAGE=node:24-bookworm-slim --file /project/infra/images/agent.Dockerfile ' +
      '--tag localhost/infra-autopilot/agent:dev-1 /cache/agent-context',
    'docker save --output /cache/agent.tar localhost/infra-autopilot/agent:dev-1',
    'docker image rm localhost/infra-autopilot/agent:dev-1',
  ]);
});
