import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { lintFixtures } from './support/lint-fixtures.ts';

const pureFolders = [
  'contract',
  'webhook',
  'sidecar',
  'sidecar/signals',
  'controller/model',
  'controller/detectors',
  'controller/handlers',
  'controller/decide',
  'controller/sinks',
];

const impure: readonly string[] = [
  'export const a = Date.now();',
  'export const b = Math.random();',
  'export const c = process.pid;',
  'export const d = process.env;',
  'export const e = fetch;',
  'export const f = setTimeout;',
  'export const g = setInterval;',
  'export const h = setImmediate;',
  'export const i = performance.now();',
  'export const j = crypto.randomUUID();',
  'export const k = globalThis;',
  "console.log('l');",
  'queueMicrotask(() => undefined);',
];

test.each(pureFolders)('a pure file of %s has no clock, chance, process, timers or network', async (folder) => {
  const broken = await lintFixtures({
    [`${folder}/impure.ts`]: `${impure.join('\n')}\n`,
    [`${folder}/pure.ts`]: 'export const a = new Date(0).toISOString();\nexport const b = Math.max(1, 2);\n',
  });
  const refused = broken.filter(({ rule }) => rule === 'no-restricted-globals' || rule === 'no-restricted-properties');
  const lines = new Set(refused.filter(({ path }) => path.endsWith('/impure.ts')).map(({ line }) => line));
  expect(impure.filter((_statement, index) => !lines.has(index + 1))).toEqual([]);
  expect(broken.filter(({ path }) => path.endsWith('/pure.ts'))).toEqual([]);
});

const longFile = Array.from({ length: 301 }, (_, line) => `export const x${line} = 1;\n`).join('');

const habits: readonly [string, string, string][] = [
  ['a default export', 'export default 1;', 'no-default-export'],
  ['a namespace', 'export namespace N { export const n = 1; }', 'no-namespace'],
  ['a parameter property', 'export class C { constructor(readonly x: number) {} }', 'parameter-properties'],
  ['any', 'export const x: any = 1;', 'no-explicit-any'],
  ['a non-null assertion', 'export const f = (x?: string): string => x!;', 'no-non-null-assertion'],
  ['a note of work to do', '// TODO: later\nexport const x = 1;', 'no-warning-comments'],
  ['the environment', 'export const x = process.env;', 'no-restricted-properties'],
  ['the environment by a side door', 'export const { env } = process;', 'no-restricted-properties'],
  ['a file of 301 lines', longFile, 'max-lines'],
  ['a mutable export', 'export let x = 1;', 'no-mutable-exports'],
];

test.each(habits)('%s fails the lint', async (_habit, text, rule) => {
  const broken = await lintFixtures({ 'runtime/habit.ts': text });
  expect(broken.map((each) => each.rule)).toContain(rule);
});

test('a mocked module fails the lint of a test', async () => {
  const broken = await lintFixtures({ 'runtime/a.test.ts': "import { vi } from 'vitest';\nvi.mock('./errors.ts');\n" });
  expect(broken.map(({ rule }) => rule)).toContain('no-restricted-properties');
});

const project = fileURLToPath(new URL('..', import.meta.url));
const folders = ['contract', 'runtime', 'webhook', 'sidecar', 'controller', 'infra', 'test'];

/** What lint has no rule for, looked for in the text of the sources. */
const unwanted: readonly { habit: string; pattern: RegExp; where: RegExp; except?: RegExp }[] = [
  { habit: 'an enum', pattern: /^\s*(export )?(declare )?(const )?enum \w/m, where: /./, except: /^test\// },
  {
    habit: 'the environment outside settings.ts',
    pattern: /\bprocess\s*(\??\.\s*|\[\s*['"`])env\b|(from|import\(|require\()\s*['"](node:)?process['"]/,
    where: /./,
    except: /(^|\/)settings\.ts$|^test\/(house-style|architecture)\.test\.ts$/,
  },
  {
    habit: 'the current time by a Date without argument, in a pure file',
    pattern: /\bnew Date\(\s*\)|[^.\w]Date\(\s*\)/,
    where: /^(contract|webhook\/[^/]+|sidecar\/[^/]+|controller\/(model|detectors|handlers|decide|sinks)\/[^/]+)\.ts$/,
    except: /\.test\.ts$|\/(main|server|settings)\.ts$/,
  },
  {
    habit: 'another error than AutopilotError',
    pattern: /\bthrow new (?!AutopilotError\b)/,
    where: /^(contract|runtime|webhook|controller|infra)\//,
    except: /\.test\.ts$/,
  },
  {
    habit: 'a default in a switch',
    pattern: /^\s*default:\s*(\{|return\b|throw\b|break\b|$)/m,
    where: /^(contract|runtime|webhook|sidecar|controller)\//,
  },
];

async function sources(): Promise<readonly string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(join(project, folder), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .map((entry) => join(entry.parentPath, entry.name).slice(project.length));
    }),
  );
  return lists.flat();
}

test.each(unwanted)('no source has $habit', async ({ pattern, where, except }) => {
  const guilty: string[] = [];
  for (const path of await sources()) {
    if (!where.test(path) || except?.test(path)) continue;
    if (pattern.test(await readFile(join(project, path), 'utf8'))) guilty.push(path);
  }
  expect(guilty).toEqual([]);
});

test.each([
  ['an enum', 'export const enum E { a }'],
  ['the environment outside settings.ts', "const { env } = await import('node:process');"],
  ['the environment outside settings.ts', "globalThis.process?.env['A']"],
  ['the current time by a Date without argument, in a pure file', 'const now = new Date();'],
  ['another error than AutopilotError', "throw new Error('x');"],
  ['a default in a switch', 'switch (x) {\n  default:\n    return 1;\n}'],
  ['a default in a switch', 'switch (x) {\n  default: return 1;\n}'],
])('%s would be found', (habit, text) => {
  expect(unwanted.find((each) => each.habit === habit)?.pattern.test(text)).toBe(true);
});

test.each(['detectors', 'handlers', 'sinks'])('the index of the %s lists each plug-in’s file', async (folder) => {
  const files = (await readdir(join(project, 'controller', folder))).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'index.ts',
  );
  const index = await readFile(join(project, 'controller', folder, 'index.ts'), 'utf8');
  const listed = [...index.matchAll(/from '\.\/([^']+)'/g)].map(([, file = '']) => file);
  expect(files).not.toHaveLength(0);
  expect(listed.toSorted()).toEqual(files.toSorted());
});
