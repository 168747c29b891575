import { expect, it } from 'vitest';
import type { Progress } from '../progress.ts';
import { readSettings } from '../settings.ts';
import { embedded } from './embedded.ts';

const progress: Progress = { step: (_title, work) => work(() => undefined), say: () => undefined };

it('says what is needed where there is neither root nor Docker', async () => {
  const settings = { ...readSettings('demo', {}), isRoot: false };
  const sentence = /Docker daemon[^]*or root on a Debian-like Linux/;
  await expect(embedded.up(settings, progress)).rejects.toThrow(sentence);
  await expect(embedded.down(settings, progress)).rejects.toThrow(sentence);
});
