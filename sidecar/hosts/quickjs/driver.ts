import { checkHealth, type HealthQuestion } from '../../grpc/check-health.ts';
import type { Host } from '../../host.ts';
import { readBrokenTexts } from './broken-texts.ts';
import { makeQuickJsHost } from './host.ts';
import type { Native } from './native.ts';

declare const native: Native;

/** How a test asks: a path of the page server that is a URL-encoded JSON array of a method's name and its arguments. */
type Call = readonly [method: keyof Host, ...args: unknown[]];

const host = makeQuickJsHost(native);

/** Ways in which a script can go wrong. */
const misdeeds: Readonly<Record<string, () => unknown>> = {
  throw: () => {
    host.after(0, () => {
      throw new TypeError('thrown');
    });
  },
  reject: () => {
    void Promise.reject(new TypeError('rejected'));
  },
  spin: () => {
    for (;;);
  },
  hoard: () => {
    const all: string[] = [];
    for (;;) all.push('x'.repeat(1_000) + String(all.length));
  },
  recurse: () => misdeeds['recurse']?.() === undefined,
};

/** What is asked of the core, since it takes what can't be sent, or its own engine is what is tried. */
const asked: Readonly<Record<string, (...args: never[]) => unknown>> = {
  checkHealth: (question: HealthQuestion) => checkHealth(host, question),
  readBrokenTexts,
};

/** For tests: puts the host's methods on a port of loopback. Never part of an image. */
async function serve(path: string): ReturnType<Parameters<Host['serve']>[1]> {
  const [method, ...args] = JSON.parse(decodeURIComponent(path.slice(1))) as Call;
  const misdeed = misdeeds[method];
  const act = (misdeed ?? asked[method] ?? host[method]) as (...args: unknown[]) => unknown;
  return { status: 200, contentType: 'application/json', body: JSON.stringify([await act(...args)]) };
}

host.onStop(() => host.exit(0));
void host.serve(Number(host.variables['DRIVER_PORT']), serve).then((problem) => host.print(problem ?? 'serving'));
