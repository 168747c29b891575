import type { ProbeHeader } from '#contract/agent-settings.ts';

/** An HTTP request with every header that is to be sent, `Host` included: a host adds none of its own. */
export interface HttpRequest {
  readonly secure: boolean;
  /** IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly ProbeHeader[];
  /** For the whole exchange, connecting included. */
  readonly timeoutMilliseconds: number;
  /** Reads at most this much of the body; a longer one is a full answer all the same. */
  readonly maximumBodyBytes: number;
}

/** Why there was no full answer. `refused`: no connection; `closed`: it ended early; `timeout`: not in time. */
export interface NoAnswer {
  readonly outcome: 'refused' | 'timeout' | 'closed';
  readonly message: string;
}

export type HttpAnswer =
  { readonly outcome: 'answer'; readonly status: number; readonly location: string | undefined } | NoAnswer;

export interface ConnectRequest {
  readonly address: string;
  readonly port: number;
  readonly timeoutMilliseconds: number;
}

export type ConnectAnswer = { readonly outcome: 'connected' } | NoAnswer;

export interface Conversation extends ConnectRequest {
  /** Said as soon as there is a connection. */
  readonly opening: Uint8Array;
  /** Takes each piece as it comes and gives what is sent back, which may be nothing, or says that it has heard enough. */
  readonly hear: (piece: Uint8Array) => Uint8Array | 'enough';
  /** Whoever says more without end of it is not listened to further: `closed`. */
  readonly maximumBytes: number;
}

export type ConversationAnswer = { readonly outcome: 'heard' } | NoAnswer;

export interface PostRequest {
  readonly url: string;
  /** PEM; nothing else is trusted. */
  readonly authorities: string;
  readonly bearerToken: string;
  readonly body: string;
  readonly timeoutMilliseconds: number;
}

export type PostAnswer =
  | {
      readonly outcome: 'answer';
      readonly status: number;
      readonly retryAfterSeconds: number | undefined;
      readonly body: string;
    }
  | { readonly outcome: 'failed'; readonly message: string };

export type FileAnswer = { readonly text: string } | { readonly problem: string };

export type FolderAnswer = { readonly names: readonly string[] } | { readonly problem: string };

export type FileSystemAnswer =
  | {
      readonly totalBytes: number;
      /** What a process without privileges may still write. */
      readonly availableBytes: number;
      readonly totalFiles: number;
      readonly availableFiles: number;
    }
  | { readonly problem: string };

/** `gone`: no such process. `refused`: it is another user's. */
export type SignalAnswer = 'sent' | 'gone' | 'refused';

export interface EmptyRequest {
  /** Absolute path that is trusted. Nothing outside of it is touched, whatever links are inside. */
  readonly root: string;
  /** Names of the folders that lead from `root` to the one that is emptied; it stays itself. */
  readonly folders: readonly string[];
  readonly maximumEntries: number;
  readonly timeoutMilliseconds: number;
}

export interface EmptyAnswer {
  readonly removedEntries: number;
  /** What the removed files took on the disk; a file that has another name elsewhere counts nothing. */
  readonly freedBytes: number;
  /** What is still there and why, at the first of it; undefined when the folder is empty. */
  readonly problem: string | undefined;
}

export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Undefined when the port is served. */
export type ServeProblem = string | undefined;

/**
 * Everything that the agent needs of the world. The core uses nothing else, so that it runs on any JavaScript engine.
 * No method throws and no promise rejects: what can go wrong is in the answer.
 */
export interface Host {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the Unix epoch; may jump. */
  now(): number;
  /** Milliseconds since some moment; never jumps. */
  monotonic(): number;
  /** 0 ≤ x < 1. */
  random(): number;
  /** Calls back once; the function that is returned takes it back. */
  after(milliseconds: number, callback: () => void): () => void;
  /** Follows no redirect, verifies no certificate and keeps no connection, as the kubelet's probes do. */
  request(request: HttpRequest): Promise<HttpAnswer>;
  connect(request: ConnectRequest): Promise<ConnectAnswer>;
  /** Speaks any protocol in bytes over a TCP connection of its own, which is closed once enough was heard. */
  converse(conversation: Conversation): Promise<ConversationAnswer>;
  /** Sends JSON over one kept TLS connection. */
  post(request: PostRequest): Promise<PostAnswer>;
  /** As `post`, over a connection of its own: its answer may take long, and must not hold up the reports. */
  poll(request: PostRequest): Promise<PostAnswer>;
  readFile(path: string, maximumBytes: number): Promise<FileAnswer>;
  /** The names in a folder, in any order; a problem when there are more than the bound. */
  listFolder(path: string, maximumEntries: number): Promise<FolderAnswer>;
  /** Figures of the file system that holds a path. */
  fileSystem(path: string): Promise<FileSystemAnswer>;
  emptyFolder(request: EmptyRequest): Promise<EmptyAnswer>;
  signal(processId: number, signal: 'SIGTERM' | 'SIGKILL'): SignalAnswer;
  /** Serves GET requests on all addresses of the pod; `undefined` for a path is a 404. */
  serve(port: number, page: (path: string) => Promise<Page | undefined>): Promise<ServeProblem>;
  onStop(callback: () => void): void;
  print(line: string): void;
  exit(code: number): void;
}
