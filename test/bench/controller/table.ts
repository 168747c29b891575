/** One measure of ours beside the peer's; a text is why there is no number. */
export interface Line {
  readonly what: string;
  readonly ours: number | string;
  readonly 'client-node': number | string;
  /** What ours must not exceed. */
  readonly goal?: number | undefined;
  /** More is better. */
  readonly more?: boolean;
}

function shown(value: number | string): string {
  if (typeof value === 'string') return value;
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

/** How much better ours is, as a factor. */
function factor({ ours, 'client-node': peer, more = false }: Line): string {
  if (typeof ours !== 'number' || typeof peer !== 'number') return '';
  return `${shown(more ? ours / peer : peer / ours)}×`;
}

function verdict({ ours, goal }: Line): string {
  if (goal === undefined) return '';
  return `${typeof ours === 'number' && ours <= goal ? 'met' : 'MISSED'}: ≤ ${goal}`;
}

/** A table in Markdown, so that it can be pasted into the document. */
export function printTable(lines: readonly Line[], say: (text: string) => void): void {
  const rows = lines.map((line) => [
    line.what,
    shown(line.ours),
    shown(line['client-node']),
    factor(line),
    verdict(line),
  ]);
  const all = [['what', 'ours', 'client-node', 'better', 'goal'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const render = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [head = [], ...body] = all.map(render);
  say(String(head));
  say(
    `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`,
  );
  for (const row of body) say(row);
}
