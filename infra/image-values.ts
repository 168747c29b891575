import type { BuiltImage } from './images/build.ts';

/** What the agent needs where it runs on Node: the chart's own values are those of its Rust host. */
const agentOnNode = { 'requests.memory': '48Mi', 'limits.memory': '128Mi' } as const;

/** The chart's values that point one of its parts at a built image. */
export function imageValues({ name, reference, engine }: Omit<BuiltImage, 'archivePath'>): readonly string[] {
  if (name !== 'webhook' && name !== 'controller' && name !== 'agent') return [];
  const values = [`${name}.image.tag=${reference.slice(reference.lastIndexOf(':') + 1)}`];
  if (name === 'agent' && engine === 'node') {
    for (const [path, value] of Object.entries(agentOnNode)) values.push(`agent.resources.${path}=${value}`);
  }
  return values.flatMap((value) => ['--set-string', value]);
}
