import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import fc from 'fast-check';
import { isPublicAddress } from '../src/public-address.js';

/** Ranges that nobody may reach from here, as first and last address. */
const closed: readonly [first: string, last: string][] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['224.0.0.0', '255.255.255.255'],
];
const numberOf = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const dotted = (number: number) => [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
const hex = (number: number) => `${Math.floor(number / 65_536).toString(16)}:${(number % 65_536).toString(16)}`;
const closedNumber = fc
  .constantFrom(...closed)
  .chain(([first, last]) => fc.integer({ min: numberOf(first), max: numberOf(last) }));

describe('an address', () => {
  it('of a closed range of IPv4 is not public, in whatever form of IPv6 it is written', () => {
    fc.assert(
      fc.property(closedNumber, (number) => {
        const forms = [
          dotted(number),
          `::ffff:${dotted(number)}`,
          `::ffff:${hex(number)}`,
          `::${hex(number)}`,
          `::ffff:0:${hex(number)}`,
          `64:ff9b::${hex(number)}`,
          `64:ff9b:1::${hex(number)}`,
          `2002:${hex(number)}::1`,
        ];
        expect(forms.filter(isPublicAddress)).to.deep.equal([]);
      }),
    );
  });

  it('of a place that everybody can reach is public', () => {
    const open = ['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111'];
    expect([...open, '::ffff:8.8.8.8', '64:ff9b::808:808'].filter((each) => !isPublicAddress(each))).to.deep.equal([]);
  });

  it('is not public where it is local, several, translated, or of a service for machines of a cloud', () => {
    const local = [
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      'fec0::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      '2001:db8::1',
    ];
    const clouds = ['169.254.169.254', '100.100.100.200', '168.63.129.16', '::ffff:169.254.169.254', '192.0.0.192'];
    const other = ['2001::1', '2002::1', '4000::1', '100::1', '', 'localhost', '8.8.8.8.8', 'x:y'];
    expect([...local, ...clouds, ...other].filter(isPublicAddress)).to.deep.equal([]);
  });

  it('of this machine is not public, whatever it is', () => {
    const own = Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address));
    expect(own).not.to.deep.equal([]);
    expect(own.filter(isPublicAddress)).to.deep.equal([]);
  });

  it('may be any text', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof isPublicAddress(text) === 'boolean'));
  });
});
