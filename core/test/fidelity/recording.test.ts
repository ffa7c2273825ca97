import net from 'node:net';
import { expect } from 'chai';
import { Recorder } from '../../src/fidelity/recorder.js';
import { takeRequest } from '../../src/fidelity/recording.js';
import { refusal } from '../wire/support.js';

const text = (...lines: string[]) => Buffer.from(lines.join('\r\n'), 'latin1');

describe('a recorded request', () => {
  const whole = text('POST /a?b=1 HTTP/1.1', 'Host: x', 'X-Odd:  two ', 'x-name: Zoë', 'Content-Length: 2', '', '{}');

  it('is read byte for byte, and only once it is complete', () => {
    for (let length = 0; length < whole.length; length += 1)
      expect(takeRequest(whole.subarray(0, length)), `${length}`).to.equal(undefined);
    const taken = takeRequest(Buffer.concat([whole, Buffer.from('GET')]));
    expect(taken?.rest.toString()).to.equal('GET');
    expect(taken?.recording).to.deep.equal({
      method: 'POST',
      path: '/a?b=1',
      httpVersion: 'HTTP/1.1',
      headers: [
        ['Host', 'x'],
        ['X-Odd', ' two '],
        ['x-name', 'Zoë'],
        ['Content-Length', '2'],
      ],
      body: Buffer.from('{}'),
    });
  });

  it('ends with its last chunk where it has no length', () => {
    const head = text('POST / HTTP/1.1', 'Transfer-Encoding: chunked', '', '');
    expect(takeRequest(Buffer.concat([head, Buffer.from('2\r\n{}\r\n')]))).to.equal(undefined);
    expect(takeRequest(Buffer.concat([head, Buffer.from('2\r\n{}\r\n0\r\n\r\n')]))?.rest).to.have.length(0);
  });

  it('is refused where the bytes are none', async () => {
    const recorder = await Recorder.listen();
    const recorded = recorder.record(async () => {
      const socket = net.connect(Number(recorder.host.split(':')[1]), '127.0.0.1');
      socket.on('error', () => undefined).write('hello\r\n\r\n');
    });
    expect((await refusal(recorded)).message).to.equal('"hello" begins no request');
    await recorder.close();
  });
});
