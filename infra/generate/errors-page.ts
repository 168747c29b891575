import { errorCatalogue } from '#runtime/errors.ts';
import { code, table } from './markdown.ts';

export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(([name, sentence]) => [code(name), sentence]);
  return `# Error codes

The \`code\` of an error in the logs. Codes are API: none is renamed or used for something else.

${table(['Code', 'Meaning'], rows)}
`;
}
