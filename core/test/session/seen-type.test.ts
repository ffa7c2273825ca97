import { expect } from 'chai';
import fc from 'fast-check';
import { partOf } from '../../src/session/attachments.js';
import { safeName } from '../../src/session/safe-name.js';
import { pixelsOf, RASTER, seenType } from '../../src/session/seen-type.js';

const images = ['\x89PNG\r\n\x1a\n', '\xff\xd8\xff', 'GIF87a', 'GIF89a'];
const head = fc.constantFrom(
  ...images,
  ...images.map((image) => image.slice(0, -1)),
  'RIFF0000WEBPVP8',
  '%PDF-',
  '<svg',
  '',
);
const bytes = (letters: string) => Buffer.from(letters, 'latin1');

describe('what bytes are', () => {
  for (const [type, head] of [
    ['image/png', '\x89PNG\r\n\x1a\n'],
    ['image/jpeg', '\xff\xd8\xff\xe0'],
    ['image/gif', 'GIF87a'],
    ['image/webp', 'RIFF\0\0\0\0WEBPVP8 '],
    ['image/heic', '\0\0\0\x18ftypheic'],
    ['application/pdf', '%PDF-1.7'],
    ['application/zip', 'PK\x03\x04'],
    ['text/plain', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['text/plain', '<!doctype html><script>alert(1)</script>'],
    ['text/plain', Buffer.from('gr\u00fc\u00dfe\r\n\t').toString('latin1')],
    ['application/octet-stream', 'a\0b'],
    ['application/octet-stream', '\xe4'],
    ['application/octet-stream', ''],
  ] as const)
    it(`is ${type} for ${JSON.stringify(head.slice(0, 20))}`, () => expect(seenType(bytes(head))).to.equal(type));

  it('is an image only for what begins like one, whatever follows and whatever it is called', () => {
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 64 }), fc.string(), (letters, random, name) => {
        const whole = Buffer.concat([bytes(letters), random]);
        const part = partOf({ name, blob: 'b' }, whole);
        const starts =
          images.some((image) => whole.toString('latin1').startsWith(image)) ||
          whole.toString('latin1', 8, 15) === 'WEBPVP8';
        expect(part.type).to.equal(starts ? 'image' : 'file');
        expect(RASTER.has(part.media_type)).to.equal(starts);
      }),
    );
  });

  it('is text for any text that can be typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (words) => {
        fc.pre(![...words].some((letter) => letter < ' ' && !'\t\n\f\r\x1b'.includes(letter)));
        fc.pre(!/^(?:%PDF-|GIF8[79]a|.{4}ftyp|.{8}WEBPVP8)/s.test(words));
        expect(seenType(Buffer.from(words))).to.equal('text/plain');
      }),
    );
  });
});

describe('the pixels of an image', () => {
  it('stand in its head', () => {
    const png = bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x1f\x41\0\0\0\x02');
    expect(pixelsOf(png, 'image/png')).to.deep.equal([8_001, 2]);
    expect(pixelsOf(bytes('GIF89a\x10\0\x01\x01'), 'image/gif')).to.deep.equal([16, 257]);
    const jpeg = bytes('\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08\x01\0\x02\0');
    expect(pixelsOf(jpeg, 'image/jpeg')).to.deep.equal([512, 256]);
    const webp = bytes(`RIFF\0\0\0\0WEBPVP8X${'\0'.repeat(8)}\x0f\0\0\x1f\0\0`);
    expect(pixelsOf(webp, 'image/webp')).to.deep.equal([16, 32]);
  });

  it('are not known of a head that is cut off or makes no sense, and looking for them ends', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...RASTER), (random, type) => {
        const head = { 'image/jpeg': '\xff\xd8\xff', 'image/webp': 'RIFF0000WEBPVP8L' }[type] ?? '';
        pixelsOf(Buffer.concat([bytes(head), random]), type);
      }),
    );
  });
});

describe('the name of a file', () => {
  for (const [given, safe] of [
    ['photo.png', 'photo.png'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\a.pdf', 'a.pdf'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\r\nset-cookie: x.png', 'aset-cookie_ x.png'],
    ['.bashrc', 'bashrc'],
    ['con.txt', '_con.txt'],
    ['..', 'file'],
    ['', 'file'],
    [`${'x'.repeat(500)}.jpeg`, `${'x'.repeat(115)}.jpeg`],
  ])
    it(`${JSON.stringify(given!.slice(0, 30))} becomes ${JSON.stringify(safe!.slice(0, 30))}`, () =>
      expect(safeName(given!)).to.equal(safe));

  it('is one short line without a path, and stays what it is when it is made safe again', () => {
    const wild = fc.string({ unit: fc.constantFrom(...'ab.\\/:*"<>|\u0000\n\u202e\u200b\ud800 😀`'), maxLength: 300 });
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), wild), (given) => {
        const name = safeName(given);
        expect(name).to.match(/^[^./\\<>:"|?*`\p{Cc}\p{Cf}][^/\\<>:"|?*`\p{Cc}\p{Cf}]*$/u);
        expect([...name].length).to.be.at.most(120);
        expect(safeName(name)).to.equal(name);
      }),
    );
  });
});
