import { join } from 'node:path';
import { build } from 'esbuild';
import { AutopilotError } from '#runtime/errors.ts';

/** CommonJS dependencies in the bundle call require for Node's own modules, which an ES module doesn't have. */
const requireBanner =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/**
 * Bundles a process into one ES module for Node 24, the same bytes for the same sources. Names are kept, so that
 * a stack trace in a log still says something; the rest is minified because V8 holds the source in memory.
 *
 * @throws AutopilotError AP_IMAGE_BUILD with the compiler's own words.
 */
export async function bundle(projectDirectory: string, entry: string): Promise<Uint8Array> {
  try {
    const result = await build({
      absWorkingDir: projectDirectory,
      entryPoints: [join(projectDirectory, entry)],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      mainFields: ['module', 'main'],
      banner: { js: requireBanner },
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'eof',
      sourcemap: false,
      logLevel: 'silent',
    });
    return result.outputFiles[0]?.contents ?? new Uint8Array();
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AutopilotError('AP_IMAGE_BUILD', `${entry} could not be bundled: ${words}`, { cause });
  }
}
