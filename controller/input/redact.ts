const blank = '[redacted]';

/** Words in names of settings whose values are nobody's business. */
const secretNames =
  'passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|credential|cookie|session[_-]?id';

/** A quoted text, in JSON within JSON too, or a run of what values without quotes are made of. */
const settingValue = String.raw`\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s,;&"'\\)}\]]+`;

/** What is replaced, in this order; `$1` is what may stay. */
const rules: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g, blank],
  [/([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"']+@/gi, `$1${blank}@`],
  [/(authorization\\?["']?\s{0,8}[:=]\s{0,8}\\?["']?)[^"'\\]+/gi, `$1${blank}`],
  [/\b((?:bearer|basic)\s{1,8})[\w.~+/=-]{6,}/gi, `$1${blank}`],
  [
    new RegExp(
      String.raw`([\w.-]{0,40}(?:${secretNames})[\w.-]{0,40}\\?["']?\s{0,8}(?:=>|:=|[:=])\s{0,8})(?:${settingValue})`,
      'gi',
    ),
    `$1${blank}`,
  ],
  [new RegExp(String.raw`(--?[\w-]{0,40}(?:${secretNames})[\w-]{0,40}\s{1,8})[^\s-]\S*`, 'gi'), `$1${blank}`],
  [/\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{16}\b/g, blank],
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g, blank],
];

/** Runs that are long enough to be a key; names and paths are made of the same characters. */
const longRun = /[A-Za-z0-9+/_-]{32,}={0,2}/g;

/**
 * A line of a log without what looks like a secret. It errs on the side of taking too much: what stays is stored in
 * the API and sent to chats.
 */
export function redact(line: string): string {
  const known = rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), line);
  return known.replace(longRun, (run) => (looksRandom(run) ? blank : run));
}

/** Characters of a secret access key of AWS. */
const secretAccessKeyCharacters = 40;

/** Whether it is hexadecimal, or has a piece that is no word: a path's or a name's pieces are words and numbers. */
function looksRandom(run: string): boolean {
  if (/^[0-9a-f]+$/i.test(run)) return true;
  if (run.length === secretAccessKeyCharacters && isMixed(run)) return true;
  return run.split(/[/_=-]+/).some((piece) => {
    if (piece.length >= 32) return /\d/.test(piece);
    return piece.length >= 6 && isMixed(piece);
  });
}

function isMixed(text: string): boolean {
  return /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);
}

/** Lines without secrets, blocks of a private key that go over several lines included. */
export function redactLines(lines: readonly string[]): readonly string[] {
  let inside = false;
  const blanked = lines.map((line) => {
    const begins = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(line);
    const ends = /-----END [A-Z0-9 ]*PRIVATE KEY/.test(line);
    const within = inside && !begins;
    inside = (inside || begins) && !ends;
    return within ? blank : redact(line);
  });
  const end = lines.findIndex((line) => line.startsWith('-----END') && line.includes('PRIVATE KEY'));
  const begin = lines.findIndex((line) => line.includes('-----BEGIN') && line.includes('PRIVATE KEY'));
  // The beginning may have been cut off.
  return end >= 0 && (begin < 0 || begin > end) ? blanked.map((line, at) => (at <= end ? blank : line)) : blanked;
}
