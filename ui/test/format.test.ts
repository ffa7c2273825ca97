import { expect } from 'chai';
import {
  age,
  bytes,
  count,
  dayName,
  duration,
  money,
  percent,
  plural,
  running,
  shortCount,
} from '../src/text/format.js';

describe('how numbers and times are written', () => {
  it('gives tokens in full with a comma', () => {
    expect(count(15_234)).to.equal('15,234');
    expect(plural(1, 'tool')).to.equal('1 tool');
    expect(plural(12, 'tool')).to.equal('12 tools');
  });

  it('gives tokens with three telling digits where there is no room', () => {
    const written = [0, 980, 999, 1000, 15_234, 99_949, 99_951, 183_400, 999_499, 999_500, 9_840_000, 12_340_000];
    expect(written.map(shortCount)).to.deep.equal([
      '0',
      '980',
      '999',
      '1.0 k',
      '15.2 k',
      '99.9 k',
      '100 k',
      '183 k',
      '999 k',
      '1.00 M',
      '9.84 M',
      '12.3 M',
    ]);
  });

  it('never shows a missing price as zero', () => {
    expect(money(null)).to.equal('no price');
    expect(money('what')).to.equal('no price');
    expect(money('0')).to.equal('$0.00');
    expect(money('0.000000001')).to.equal('<$0.01');
    expect(money('0.08')).to.equal('$0.08');
    expect(money('0.08', true)).to.equal('~$0.08');
    expect(money('1234.5')).to.equal('$1,234.50');
  });

  it('writes how long something took', () => {
    const written = [4, 999, 7_740, 59_999, 64_000, 3_960_000, 273_600_000, 60_000];
    expect(written.map(duration)).to.deep.equal([
      '4 ms',
      '999 ms',
      '7.7 s',
      '59.9 s',
      '1 min 4 s',
      '1 h 6 min',
      '3 d 4 h',
      '1 min',
    ]);
  });

  it('counts running time like a clock', () => {
    expect([0, 14_900, 65_000, -5, 3_960_000].map(running)).to.deep.equal([
      '0:00',
      '0:14',
      '1:05',
      '0:00',
      '1 h 6 min',
    ]);
  });

  it('tells an age in minutes, then the hour, then the day', () => {
    const now = new Date(2026, 10, 9, 16, 40).getTime();
    const at = (...date: [number, number, number, number, number]) => new Date(...date).toISOString();
    expect(age(at(2026, 10, 9, 16, 40), now)).to.equal('now');
    expect(age(at(2026, 10, 9, 16, 22), now)).to.equal('18 min');
    expect(age(at(2026, 10, 9, 14, 32), now)).to.equal('14:32');
    expect(age(at(2026, 10, 2, 14, 32), now)).to.equal('2 Nov');
  });

  it('names the days of a conversation', () => {
    const now = new Date(2026, 10, 9, 16, 40).getTime();
    expect(dayName(new Date(2026, 10, 9, 1, 0).toISOString(), now)).to.equal('Today');
    expect(dayName(new Date(2026, 10, 8, 23, 0).toISOString(), now)).to.equal('Yesterday');
    expect(dayName(new Date(2026, 10, 2, 12, 0).toISOString(), now)).to.match(/^Monday/);
  });

  it('writes shares and sizes', () => {
    expect(percent(0.824)).to.equal('82\u202f%');
    expect([212, 212_000, 1_400_000].map(bytes)).to.deep.equal(['212 B', '212 KB', '1.4 MB']);
    expect([214_300_000, 1_400_000_000].map(bytes)).to.deep.equal(['214 MB', '1.4 GB']);
  });
});
