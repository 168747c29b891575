/** One workload's way from its fault to its recovery. Seconds since the fault; undefined where it never came to that. */
export interface DemoRow {
  readonly fault: string;
  readonly seenSeconds: number | undefined;
  readonly actedSeconds: number | undefined;
  readonly healthySeconds: number | undefined;
  readonly resolvedSeconds: number | undefined;
  readonly kubeletAlone: string;
}

const headings = ['fault', 'seen after', 'acted after', 'healthy after', 'resolved after', 'the kubelet alone, by now'];

/** Lines of the closing table. */
export function tableLines(rows: readonly DemoRow[]): readonly string[] {
  const cells = [
    headings,
    ...rows.map((row) => [
      row.fault,
      seconds(row.seenSeconds),
      seconds(row.actedSeconds),
      seconds(row.healthySeconds),
      seconds(row.resolvedSeconds),
      row.kubeletAlone,
    ]),
  ];
  const widths = headings.map((_heading, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)];
}

function seconds(value: number | undefined): string {
  return value === undefined ? 'never' : `${value.toFixed(1)} s`;
}
