import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';
import { repository } from './maestro-process.js';

const folder = path.join(repository, 'e2e', 'browser', 'expected');
/** Of all points of a picture. */
const allowedShare = 0.002;

/** `MAESTRO_EXPECTED=write` makes what is there now the expectation; look at it before it is committed. */
const isWriting = process.env.MAESTRO_EXPECTED === 'write';

/** What is wrong with a picture, or undefined. The differing one is kept beside, as NAME.now.png and NAME.diff.png. */
export function pictureFault(name: string, now: Buffer): string | undefined {
  const file = path.join(folder, `${name}.png`);
  if (isWriting) return void keep(file, PNG.sync.write(PNG.sync.read(now), { deflateLevel: 9 }));
  if (!existsSync(file)) return `${name}: there is no ${path.relative(repository, file)}`;
  const [expected, actual] = [PNG.sync.read(readFileSync(file)), PNG.sync.read(now)];
  const { width, height } = expected;
  if (actual.width !== width || actual.height !== height)
    return `${name}: ${actual.width}x${actual.height} points and not ${width}x${height}`;
  const difference = new PNG({ width, height });
  const points = pixelmatch(expected.data, actual.data, difference.data, width, height, { threshold: 0.1 });
  if (points <= width * height * allowedShare) return undefined;
  const out = path.join(repository, 'e2e', 'dist', 'pictures');
  keep(path.join(out, `${name}.now.png`), now);
  keep(path.join(out, `${name}.diff.png`), PNG.sync.write(difference));
  return `${name}: ${((points * 100) / (width * height)).toFixed(2)} % of its points differ; see e2e/dist/pictures/${name}.diff.png`;
}

/** What differs between a text and the one that is expected, or undefined. */
export function textFault(name: string, now: string): string | undefined {
  const file = path.join(folder, name);
  if (isWriting) return void keep(file, Buffer.from(`${now}\n`));
  if (!existsSync(file)) return `${name}: there is no ${path.relative(repository, file)}`;
  const expected = readFileSync(file, 'utf8').trimEnd().split('\n');
  const lines = now.split('\n');
  const gone = expected.filter((line) => !lines.includes(line));
  const came = lines.filter((line) => !expected.includes(line));
  if (gone.length + came.length === 0 && expected.length === lines.length) return undefined;
  return [
    `${name}:`,
    ...gone.slice(0, 8).map((line) => `- ${line}`),
    ...came.slice(0, 8).map((line) => `+ ${line}`),
  ].join('\n');
}

function keep(file: string, bytes: Buffer): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}
