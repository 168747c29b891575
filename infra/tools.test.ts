import { describe, expect, it } from 'vitest';
import { describeGoProblem } from './tools.ts';

describe('a build from Go modules', () => {
  it.each(['go1.26', 'go1.26.8', 'go1.30.1', 'go2.0'])('goes ahead with %s', (version) => {
    expect(describeGoProblem('helm', version)).toBeUndefined();
  });

  it.each([
    ['go1.19.8', 'here is go1.19.8'],
    [undefined, 'none is on the path'],
    ['devel', 'here is devel'],
  ])('says in one sentence what to do about %s', (version, found) => {
    const problem = describeGoProblem('helm', version);
    expect(problem).toContain(`building helm needs Go 1.26 or newer, ${found}`);
    expect(problem).toContain('install it');
    expect(problem?.split('\n')).toHaveLength(1);
  });
});
