import type { Engine } from './bundle.ts';

/** What is in an image: a bundle and what runs it, or a Go program. */
export type ImageContent = Engine | 'go';

/** An image of ours: `<name>.Dockerfile` here, and the one program that it carries. */
export interface ImageDefinition {
  readonly name: string;
  /** Entry point of the bundle, or folder of the Go program; relative to the project. */
  readonly entry: string;
  readonly engine: ImageContent;
  /** Built only where it is asked for by name, or in place of one that can't be built here. */
  readonly isSpare?: true;
}

/** The agent's image where its Rust host can't be built, and for comparison. */
export const agentOnNode = {
  name: 'agent-node',
  entry: 'sidecar/hosts/node/main.ts',
  engine: 'node',
  isSpare: true,
} as const satisfies ImageDefinition;

/** What the agent is measured against. */
const agentReference = {
  name: 'agent-reference',
  entry: 'infra/bench/agent-reference',
  engine: 'go',
  isSpare: true,
} as const satisfies ImageDefinition;

export const imageCatalogue = [
  { name: 'webhook', entry: 'webhook/main.ts', engine: 'node' },
  { name: 'controller', entry: 'controller/main.ts', engine: 'node' },
  { name: 'agent', entry: 'sidecar/hosts/quickjs/main.ts', engine: 'quickjs' },
  agentOnNode,
  agentReference,
  { name: 'faulty-app', entry: 'infra/demo/faulty-app/main.ts', engine: 'node' },
  { name: 'sink', entry: 'test/e2e/sink/main.ts', engine: 'node' },
] as const satisfies readonly ImageDefinition[];

export type ImageName = (typeof imageCatalogue)[number]['name'];
