import net from 'node:net';
import type { Conversation, ConversationAnswer } from '../../host.ts';

/** One conversation in bytes on a connection of its own, all of it within one deadline. */
export function converse(asked: Conversation): Promise<ConversationAnswer> {
  const { address, port, opening, hear, maximumBytes, timeoutMilliseconds } = asked;
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port });
    let connected = false;
    let heardBytes = 0;
    const finish = (answer: ConversationAnswer): void => {
      clearTimeout(deadline);
      socket.removeAllListeners('data');
      socket.destroy();
      resolve(answer);
    };
    const closed = (message: string): void => finish({ outcome: connected ? 'closed' : 'refused', message });
    const deadline = setTimeout(
      () => finish({ outcome: 'timeout', message: 'no answer in time' }),
      timeoutMilliseconds,
    );
    socket.on('connect', () => {
      connected = true;
      socket.write(opening);
    });
    socket.on('error', (error) => closed(error.message));
    socket.on('end', () => closed('connection ended before enough was heard'));
    socket.on('data', (piece) => {
      const reply = hear(piece);
      if (reply === 'enough') return finish({ outcome: 'heard' });
      heardBytes += piece.length;
      if (heardBytes >= maximumBytes) return closed('answer is too long');
      if (reply.length > 0) socket.write(reply);
    });
  });
}
