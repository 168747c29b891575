import type { Host } from '../../host.ts';
import { converse } from './converse.ts';
import { emptyFolder } from './empty-folder.ts';
import { fileSystem } from './file-system.ts';
import { listFolder } from './list-folder.ts';
import { servePages } from './pages.ts';
import { makePost } from './post.ts';
import { readSmallFile } from './read-file.ts';
import { connect, request } from './requests.ts';
import { readVariables } from './settings.ts';
import { makeSignal } from './signal.ts';

/** The agent's host on Node, out of builtins alone. */
export function makeNodeHost(host: NodeJS.Process): Host {
  return {
    variables: readVariables(),
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    request,
    connect,
    converse,
    post: makePost(),
    poll: makePost(),
    readFile: readSmallFile,
    listFolder,
    fileSystem,
    emptyFolder,
    signal: makeSignal(host),
    serve: async (port, page) => (await servePages(port, page)).problem,
    onStop: (callback) => {
      host.once('SIGTERM', callback);
      host.once('SIGINT', callback);
    },
    print: (line) => void host.stdout.write(`${line}\n`),
    exit: (code) => host.exit(code),
  };
}
