import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { AutopilotError } from '#runtime/errors.ts';

/** CommonJS dependencies in the bundle call require for Node's own modules, which an ES module doesn't have. */
const requireBanner =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/** What runs a bundle: Node as a process, or QuickJS as a script within a program. */
export type Engine = 'node' | 'quickjs';

const options: Readonly<Record<Engine, BuildOptions>> = {
  // Names are kept, so that a stack trace in a log still says something.
  node: {
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: requireBanner },
    minifySyntax: true,
    minifyWhitespace: true,
  },
  // This is charged to every pod.
  quickjs: { platform: 'neutral', format: 'iife', target: 'es2023', minify: true },
};

/**
 * Bundles a process into one file, the same bytes for the same sources. It is minified because an engine holds the
 * source in memory.
 *
 * @throws AutopilotError AP_IMAGE_BUILD with the compiler's own words.
 */
export async function bundle(projectDirectory: string, entry: string, engine: Engine = 'node'): Promise<Uint8Array> {
  try {
    const result = await build({
      ...options[engine],
      absWorkingDir: projectDirectory,
      entryPoints: [join(projectDirectory, entry)],
      bundle: true,
      write: false,
      mainFields: ['module', 'main'],
      legalComments: 'eof',
      sourcemap: false,
      logLevel: 'silent',
    });
    return result.outputFiles?.[0]?.contents ?? new Uint8Array();
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AutopilotError('AP_IMAGE_BUILD', `${entry} could not be bundled: ${words}`, { cause });
  }
}
