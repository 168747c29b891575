import { maximumAnswerBytes } from '#contract/command.ts';
import type { Conversation, ConversationAnswer, Host, Page } from '../../host.ts';
import type { Native, TaskId } from './native.ts';

/** The agent's host on QuickJS, out of what the Rust program around it offers. */
export function makeQuickJsHost(native: Native): Host {
  const waiting = new Map<TaskId, (answer: unknown) => void>();
  const hearing = new Map<TaskId, Conversation['hear']>();
  let page: (path: string) => Promise<Page | undefined> = () => Promise.resolve(undefined);

  native.onAnswer = (id, answer) => {
    const resolve = waiting.get(id);
    waiting.delete(id);
    resolve?.(answer);
  };
  native.onPiece = (id, piece) => {
    const reply = hearing.get(id)?.(piece);
    native.reply(id, reply === 'enough' ? undefined : reply);
  };
  native.onPage = (id, path) => void page(path).then((found) => native.answerPage(id, found));
  native.onStop = () => undefined;

  /** Its type is what the program gives under that id. */
  const answerTo = <Answer>(id: TaskId): Promise<Answer> =>
    new Promise((resolve) => waiting.set(id, resolve as (answer: unknown) => void));

  return {
    variables: native.variables,
    now: () => Date.now(),
    monotonic: () => native.monotonic(),
    random: () => native.random(),
    after: (milliseconds, callback) => {
      const id = native.after(milliseconds);
      waiting.set(id, callback);
      return () => {
        if (waiting.delete(id)) native.cancel(id);
      };
    },
    request: (asked) => answerTo(native.request(asked)),
    connect: (asked) => answerTo(native.connect(asked)),
    converse: async ({ hear, ...asked }) => {
      const id = native.converse(asked);
      hearing.set(id, hear);
      const answer = await answerTo<ConversationAnswer>(id);
      hearing.delete(id);
      return answer;
    },
    post: (asked) => answerTo(native.post({ ...asked, maximumAnswerBytes })),
    poll: (asked) => answerTo(native.poll({ ...asked, maximumAnswerBytes })),
    readFile: (path, maximumBytes) => answerTo(native.readFile(path, maximumBytes)),
    listFolder: (path, maximumEntries) => answerTo(native.listFolder(path, maximumEntries)),
    fileSystem: (path) => answerTo(native.fileSystem(path)),
    emptyFolder: (asked) => answerTo(native.emptyFolder(asked)),
    signal: (processId, signal) => native.signal(processId, signal === 'SIGKILL'),
    serve: (port, serve) => {
      page = serve;
      return answerTo(native.serve(port));
    },
    onStop: (callback) => {
      native.onStop = callback;
    },
    print: (line) => native.print(line),
    exit: (code) => native.exit(code),
  };
}
