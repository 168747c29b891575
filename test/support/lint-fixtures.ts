import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Type-aware rules are off: fixtures import things that don't exist. */
const configuration = `import config from './project.config.ts';
export default { ...config, options: { ...config.options, typeAware: false } };
`;

/** A broken rule, by its short name such as `no-restricted-imports`. Lines count from 1. */
export interface BrokenRule {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
}

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

/**
 * Lints files that exist only for the purpose, under the project's own configuration, in a folder that is laid out like
 * the project.
 *
 * @param files path in the project → text.
 */
export async function lintFixtures(files: Readonly<Record<string, string>>): Promise<readonly BrokenRule[]> {
  const directory = await mkdtemp(join(tmpdir(), 'lint-fixtures-'));
  try {
    await cp(join(project, 'oxlint.config.ts'), join(directory, 'project.config.ts'));
    const all = { 'oxlint.config.ts': configuration, 'package.json': '{ "type": "module" }', ...files };
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    }
    const oxlint = join(project, 'node_modules', 'oxlint', 'bin', 'oxlint');
    const { stdout, stderr } = await execa(process.execPath, [oxlint, '--format=json', ...Object.keys(files)], {
      cwd: directory,
      reject: false,
      timeout: 60_000,
    });
    if (!stdout.startsWith('{')) throw new Error(`oxlint did not run: ${stdout}${stderr}`);
    return (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics.map(toBrokenRule);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function toBrokenRule({ code, filename, labels }: Diagnostic): BrokenRule {
  return { path: filename, line: labels[0]?.span.line ?? 0, rule: /\(([^)]+)\)/.exec(code)?.[1] ?? code };
}
