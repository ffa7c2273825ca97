import { expect } from 'chai';
import { type MaestroRest, type NewMessage, Outbox, RestError } from '../../src/client/index.js';

/** An outbox over a server that is away for the first tries. */
function outbox(awayFor: number, refuses: (text: string) => boolean = () => false) {
  const taken: string[] = [];
  let tries = 0;
  const send = async (_session: string, { client_key, text }: NewMessage) => {
    tries += 1;
    if (tries <= awayFor) throw new RestError(503, 'database.unreachable', 'away');
    if (refuses(text)) throw new RestError(413, 'gate.too_large', 'too long');
    taken.push(text);
    return { message_id: client_key, turn_id: null, queued: true };
  };
  const rest = { send } as unknown as MaestroRest;
  return { taken, out: new Outbox({ rest, session_id: 's', changed: () => undefined }) };
}

describe('what is being sent', () => {
  it('arrives in the order it was sent, also when the first has to be tried again', async () => {
    const { out, taken } = outbox(1);
    await Promise.all(['one', 'two', 'three'].map((text) => out.send(text)));
    expect(taken).to.deep.equal(['one', 'two', 'three']);
    expect(out.items).to.deep.equal([]);
  });

  it('is not held up by what was refused before it', async () => {
    const { out, taken } = outbox(0, (text) => text === 'huge');
    const refused = out.send('huge').catch((error: unknown) => error);
    await out.send('small');
    expect(await refused).to.include({ status: 413 });
    expect(taken).to.deep.equal(['small']);
    expect(out.items.map(({ text, state }) => [text, state])).to.deep.equal([['huge', 'failed']]);
  });
});
