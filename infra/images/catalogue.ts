/** An image of ours: `<name>.Dockerfile` here, and the one bundle that it carries as main.mjs. */
export interface ImageDefinition {
  readonly name: string;
  /** Entry point of the bundle, relative to the project. */
  readonly entry: string;
}

export const imageCatalogue = [
  { name: 'webhook', entry: 'webhook/main.ts' },
  { name: 'controller', entry: 'controller/main.ts' },
  { name: 'agent', entry: 'sidecar/hosts/node/main.ts' },
  { name: 'faulty-app', entry: 'infra/demo/faulty-app/main.ts' },
  { name: 'sink', entry: 'test/e2e/sink/main.ts' },
] as const satisfies readonly ImageDefinition[];

export type ImageName = (typeof imageCatalogue)[number]['name'];
