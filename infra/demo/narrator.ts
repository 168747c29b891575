import { styleText } from 'node:util';
import type { StoryLine, Teller } from './story.ts';

type Format = Parameters<typeof styleText>[0];

const colours: Readonly<Record<Teller, Format>> = {
  demo: 'bold',
  kubelet: 'dim',
  seen: 'yellow',
  decided: 'cyan',
  done: 'blue',
  verified: 'green',
  outside: 'green',
  held: 'red',
};

const subjectWidth = 13;
const tellerWidth = 8;

/** Writes the story as it happens; colours only where a terminal reads it. */
export interface Narrator {
  say(text: string, format?: Format): void;
  /** A line about one workload, timed from its fault; before the fault there is no time to tell. */
  tell(subject: string, faultAt: number | undefined, line: StoryLine): void;
}

export function makeNarrator(out: NodeJS.WriteStream): Narrator {
  const styled = (format: Format, text: string): string => styleText(format, text, { stream: out });
  return {
    say: (text, format = 'reset') => void out.write(`${format === 'reset' ? text : styled(format, text)}\n`),
    tell(subject, faultAt, { at, teller, text }) {
      const elapsed = faultAt === undefined ? '' : `+${Math.max(0, (at - faultAt) / 1000).toFixed(1)} s`;
      const head = `${elapsed.padStart(8)}  ${subject.padEnd(subjectWidth)}`;
      out.write(`${head}  ${styled(colours[teller], teller.padEnd(tellerWidth))}  ${text}\n`);
    },
  };
}
