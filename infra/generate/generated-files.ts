import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { crdFile, customResources, renderCrd } from './crd.ts';
import { crdsPage } from './crds-page.ts';
import { detectorsPage } from './detectors-page.ts';
import { errorsPage } from './errors-page.ts';
import { handlersPage } from './handlers-page.ts';
import { metricsPage } from './metrics-page.ts';
import { reasonsPage } from './reasons-page.ts';
import { settingsPage } from './settings-page.ts';

/** A file that is rendered from code and committed, so that it can be read without running anything. */
interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const pages: Readonly<Record<string, () => string>> = {
  crds: crdsPage,
  detectors: detectorsPage,
  errors: errorsPage,
  handlers: handlersPage,
  metrics: metricsPage,
  reasons: reasonsPage,
  settings: settingsPage,
};

const origin = '<!-- Generated from code by `npm run generate`. -->';

/** Every generated file with the text that it must have. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const reference = Object.entries(pages).map(async ([name, render]) => {
    const path = fileURLToPath(new URL(`../../docs/reference/${name}.md`, import.meta.url));
    const style = await resolveConfig(path);
    return { path, text: await format(`${origin}\n\n${render()}`, { ...style, parser: 'markdown' }) };
  });
  const definitions = customResources.map((resource) => ({
    path: fileURLToPath(crdFile(resource)),
    text: renderCrd(resource),
  }));
  return [...definitions, ...(await Promise.all(reference))];
}
