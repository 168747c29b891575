import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { crateFiles, ensureAgentProgram } from '../rust/agent-program.ts';
import { bundle } from './bundle.ts';
import { agentOnNode, type ImageContent, type ImageDefinition } from './catalogue.ts';
import { compileGo } from './compile-go.ts';

/** A file of an image's build context. */
export interface ContextFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly isProgram?: true;
}

/** How an image is made on this machine. */
export interface Recipe {
  /** Name of the Dockerfile, without its ending. */
  readonly dockerfile: string;
  readonly engine: ImageContent;
  readonly files: readonly ContextFile[];
}

export interface RecipeOptions {
  readonly projectDirectory: string;
  readonly cacheDirectory: string;
  readonly builder: 'docker' | 'buildah';
  readonly progress: Progress;
}

/**
 * Makes what the image is built from. The agent's program is built here; where that can't be done it is built within
 * Docker, and where there is no Docker either its image runs on Node.
 *
 * @throws AutopilotError AP_IMAGE_BUILD when a process can't be bundled, AP_MACHINE_UNFIT where a Go program is asked for and Go is
 * absent or too old.
 */
export async function recipeOf(definition: ImageDefinition, options: RecipeOptions): Promise<Recipe> {
  const { name, entry, engine } = definition;
  if (engine === 'go') {
    const content = await compileGo(join(options.projectDirectory, entry));
    return { dockerfile: name, engine, files: [{ path: name, content, isProgram: true }] };
  }
  const code = await bundle(options.projectDirectory, entry, engine);
  if (engine === 'node') return { dockerfile: name, engine, files: [{ path: 'main.mjs', content: code }] };

  const program = await ensureAgentProgram(options.cacheDirectory, options.progress);
  if ('path' in program) {
    const content = await readFile(program.path);
    return { dockerfile: name, engine, files: [{ path: name, content, isProgram: true }] };
  }
  if (options.builder === 'docker') {
    const crate = (await crateFiles()).map(([path, content]) => ({ path, content }));
    return { dockerfile: `${name}-from-source`, engine, files: [...crate, { path: 'agent.js', content: code }] };
  }
  options.progress.say(`The agent runs on Node, with more memory: its Rust host was not built (${program.problem}).`);
  return recipeOf(agentOnNode, options);
}
