/** Most characters of a cluster's own text in one of our sentences. */
const quotedCharacters = 300;

/** A cluster's text as part of a sentence: on one line, bounded, without a full stop of its own. */
export function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().replace(/\.+$/, '');
  return line.length > quotedCharacters ? `${line.slice(0, quotedCharacters)}…` : line;
}
