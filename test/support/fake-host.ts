/** Shapes of the agent's Host as a test needs them; the agent's own tests hold them to the real interface. */
interface FakeAnswers {
  /** Answers an HTTP probe; may advance the clock by what the answer takes. */
  request(request: { readonly port: number; readonly path: string; readonly timeoutMilliseconds: number }): object;
  connect(request: { readonly port: number; readonly timeoutMilliseconds: number }): object;
  /** Leads the other side of a conversation. */
  converse(conversation: FakeConversation): object;
  post(body: string): object;
  /** Never answers unless a test says so, as a controller that has nothing to do for long. */
  poll(request: { readonly url: string; readonly body: string }): object;
  files: Record<string, string>;
  folders: Record<string, readonly string[]>;
  fileSystem(path: string): object;
  emptyFolder(request: { readonly root: string; readonly folders: readonly string[] }): object;
  signal(processId: number, signal: string): string;
}

interface FakeConversation {
  readonly port: number;
  readonly opening: Uint8Array;
  readonly hear: (piece: Uint8Array) => Uint8Array | 'enough';
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

export const fakeEpoch = Date.UTC(2026, 2, 1, 10);

/** Turns of the microtask queue that are awaited after each timer: more than any chain of the agent's has. */
const settlingTurns = 50;

/** A host of the agent whose time stands still until a test lets it pass, timer by timer, with all that follows from each. */
export function makeFakeHost(variables: Readonly<Record<string, string | undefined>>) {
  let elapsed = 0;
  let order = 0;
  let timers: Timer[] = [];
  let stopCallback: () => void = () => undefined;
  let pages: (path: string) => Promise<unknown> = () => Promise.resolve(undefined);
  const lines: string[] = [];
  const posts: string[] = [];
  const exits: number[] = [];
  const answers: FakeAnswers = {
    request: () => ({ outcome: 'answer', status: 200, location: undefined }),
    connect: () => ({ outcome: 'connected' }),
    converse: () => ({ outcome: 'refused', message: 'nobody is there' }),
    post: () => ({ outcome: 'answer', status: 204, retryAfterSeconds: undefined, body: '' }),
    poll: () => new Promise<never>(() => undefined),
    files: { '/token': 'a-token\n' },
    folders: {},
    fileSystem: () => ({ problem: 'no such path' }),
    emptyFolder: () => ({ removedEntries: 0, freedBytes: 0, problem: undefined }),
    signal: () => 'gone',
  };

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < settlingTurns; turn += 1) await Promise.resolve();
  };

  return {
    answers,
    lines,
    posts,
    exits,
    variables,
    now: () => fakeEpoch + elapsed,
    monotonic: () => elapsed,
    random: () => 0.5,
    after: (milliseconds: number, callback: () => void) => {
      const timer = { at: elapsed + milliseconds, order: (order += 1), callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    request: (request: Parameters<FakeAnswers['request']>[0]) => Promise.resolve(answers.request(request) as never),
    connect: (request: Parameters<FakeAnswers['connect']>[0]) => Promise.resolve(answers.connect(request) as never),
    converse: (conversation: FakeConversation) => Promise.resolve(answers.converse(conversation) as never),
    post: (request: { readonly body: string }) => {
      posts.push(request.body);
      return Promise.resolve(answers.post(request.body) as never);
    },
    poll: (request: Parameters<FakeAnswers['poll']>[0]) => Promise.resolve(answers.poll(request) as never),
    listFolder: (path: string) => {
      const names = answers.folders[path];
      return Promise.resolve(names === undefined ? { problem: 'no such folder' } : { names });
    },
    fileSystem: (path: string) => Promise.resolve(answers.fileSystem(path) as never),
    emptyFolder: (request: Parameters<FakeAnswers['emptyFolder']>[0]) =>
      Promise.resolve(answers.emptyFolder(request) as never),
    signal: (processId: number, signal: string) => answers.signal(processId, signal) as never,
    readFile: (path: string) => {
      const text = answers.files[path];
      return Promise.resolve(text === undefined ? { problem: 'no such file' } : { text });
    },
    serve: (_port: number, page: (path: string) => Promise<unknown>) => {
      pages = page;
      return Promise.resolve(undefined);
    },
    onStop: (callback: () => void) => {
      stopCallback = callback;
    },
    print: (line: string) => void lines.push(line),
    exit: (code: number) => void exits.push(code),
    /** What the agent serves under a path. */
    page: (path: string) => pages(path),
    stop: () => stopCallback(),
    advance: async (milliseconds: number) => {
      const end = elapsed + milliseconds;
      await settle();
      for (;;) {
        const [next] = timers.toSorted((left, right) => left.at - right.at || left.order - right.order);
        if (next === undefined || next.at > end) break;
        timers = timers.filter((other) => other !== next);
        elapsed = Math.max(elapsed, next.at);
        next.callback();
        await settle();
      }
      elapsed = Math.max(elapsed, end);
    },
  };
}
