import type {
  ConnectRequest,
  Conversation,
  EmptyRequest,
  HttpRequest,
  Page,
  PostRequest,
  SignalAnswer,
} from '../../host.ts';

/** A post as the program takes it: it knows nothing of the contract. */
export interface BoundedPost extends PostRequest {
  readonly maximumAnswerBytes: number;
}

/** Names something that is under way. */
export type TaskId = number;

/**
 * What the Rust program offers, as the global `native`. What starts something gives back its id; the answer comes to
 * `onAnswer` under it, never before the script has come to rest.
 */
export interface Native {
  readonly variables: Readonly<Record<string, string>>;
  monotonic(): number;
  random(): number;
  after(milliseconds: number): TaskId;
  cancel(id: TaskId): void;
  request(request: HttpRequest): TaskId;
  connect(request: ConnectRequest): TaskId;
  converse(conversation: Omit<Conversation, 'hear'>): TaskId;
  /** Answers a piece that came to `onPiece`; undefined ends the conversation. */
  reply(id: TaskId, bytes: Uint8Array | undefined): void;
  post(request: BoundedPost): TaskId;
  poll(request: BoundedPost): TaskId;
  readFile(path: string, maximumBytes: number): TaskId;
  listFolder(path: string, maximumEntries: number): TaskId;
  fileSystem(path: string): TaskId;
  emptyFolder(request: EmptyRequest): TaskId;
  signal(processId: number, kill: boolean): SignalAnswer;
  serve(port: number): TaskId;
  answerPage(id: TaskId, page: Page | undefined): void;
  print(line: string): void;
  exit(code: number): void;
  onAnswer: (id: TaskId, answer: unknown) => void;
  onPiece: (id: TaskId, piece: Uint8Array) => void;
  onPage: (id: TaskId, path: string) => void;
  onStop: () => void;
}
