import { expect } from 'chai';
import { FollowMode } from '../src/text/follow.js';

const height = 500;
const place = (scrollTop: number, scrollHeight: number) => ({ scrollTop, scrollHeight, clientHeight: height });

describe('following the live end', () => {
  it('goes on while the text grows', () => {
    const follow = new FollowMode();
    for (const total of [500, 600, 900]) follow.scrolled(place(total - height, total));
    expect(follow.following).to.equal(true);
  });

  it('ends with the smallest move upwards', () => {
    const follow = new FollowMode();
    follow.scrolled(place(1000, 1500));
    follow.scrolled(place(995, 1500));
    expect(follow.following).to.equal(false);
  });

  it('counts what arrives meanwhile, and only then', () => {
    const follow = new FollowMode();
    follow.arrived(2);
    expect(follow.unseen).to.equal(0);
    follow.scrolled(place(1000, 1500));
    follow.scrolled(place(400, 1500));
    follow.arrived(1);
    follow.arrived(2);
    expect(follow.unseen).to.equal(3);
  });

  it('stays off while the reader moves about above the end', () => {
    const follow = new FollowMode();
    follow.scrolled(place(1000, 1500));
    for (const top of [300, 700, 500, 900]) follow.scrolled(place(top, 1500));
    expect(follow.following).to.equal(false);
  });

  it('begins again at the end, with nothing unseen', () => {
    const follow = new FollowMode();
    follow.scrolled(place(1000, 1500));
    follow.scrolled(place(300, 1500));
    follow.arrived(4);
    follow.scrolled(place(990, 1500));
    expect(follow.following).to.equal(true);
    expect(follow.unseen).to.equal(0);
  });

  it('survives content that shrinks under it', () => {
    const follow = new FollowMode();
    follow.scrolled(place(1000, 1500));
    follow.scrolled(place(800, 1300));
    expect(follow.following).to.equal(true);
  });
});
