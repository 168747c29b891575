import type { Socket } from 'node:net';

interface ClientError {
  readonly code?: string | undefined;
}

/**
 * The API server dials ahead: a call that needs a connection may be sent on another one that becomes free first, and the
 * new one waits for the next call. Node counts the deadline of that call from the handshake on, and would answer 408 to a
 * connection on which nothing was late; a call that is just being sent on it would be lost.
 */
export interface UnusedConnections {
  readonly opened: (socket: Socket) => void;
  /** What becomes of a connection on which no request could be read: an answer that says so and the end, but for an unused one. */
  readonly onClientError: (error: ClientError, socket: Socket) => void;
  /** Ends those that are unused: nothing else would, and a server waits for its connections before it closes. */
  readonly end: () => void;
}

export function makeUnusedConnections(): UnusedConnections {
  const open = new Set<Socket>();
  return {
    opened: (socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    },
    onClientError: (error, socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isUnused(socket)) return;
      if (socket.writable)
        socket.write(`HTTP/1.1 ${statusOf(error)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      socket.destroy();
    },
    end: () => {
      for (const socket of open) if (isUnused(socket)) socket.destroy();
    },
  };
}

/** Nothing within the TLS connection has been read. */
function isUnused(socket: Socket): boolean {
  return socket.bytesRead === 0;
}

function statusOf({ code }: ClientError): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  return code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
}
