import type { Duplex } from 'node:stream';
import * as ws from 'ws';

/** What `ws` builds its connections of. Its types leave the two out. */
const { Sender, Receiver } = ws as unknown as {
  Sender: { frame(data: Buffer, options: FrameOptions): Buffer[] };
  Receiver: new (options: { isServer: boolean }) => Duplex;
};

interface FrameOptions {
  fin: boolean;
  opcode: number;
  mask: boolean;
  readOnly: boolean;
  rsv1: boolean;
}

/** The bytes of one text frame from a client, masked. */
export function textFrame(text: Buffer): Buffer {
  return Buffer.concat(Sender.frame(text, { fin: true, opcode: 1, mask: true, readOnly: true, rsv1: false }));
}

/** The first text frame a client sends. */
export function readTextFrame(connection: Duplex): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const receiver = new Receiver({ isServer: true });
  receiver.on('message', (data: Buffer) => resolve(data.toString()));
  receiver.on('error', reject);
  connection.on('close', () => reject(new Error('the connection ended before a frame came'))).pipe(receiver);
  return promise;
}
