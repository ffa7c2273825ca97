import Anser from 'anser';
import { plain, SEQUENCES } from './plain.js';

/** A stretch of terminal output in one look; classes name our colours, never those of the program. */
export interface AnsiSpan {
  text: string;
  classes: string;
}

const LOOK = /^.\[[0-9;]*m$/;

/**
 * Output of a program in its colours. All else a terminal would obey is taken out as in `plain`: the texts of the
 * spans together are what `plain` gives.
 */
export function ansiSpans(output: string): AnsiSpan[] {
  const spans: AnsiSpan[] = [];
  for (const { content, classes } of looks(output)) {
    const last = spans.at(-1);
    if (last?.classes === classes) last.text += content;
    else spans.push({ text: content, classes });
  }
  return spans;
}

function* looks(output: string): Generator<{ content: string; classes: string }> {
  let look = '';
  // A look goes on until the next one; the parser is asked what it comes to.
  for (const piece of shownPieces(output)) {
    if (piece.look !== null) look = piece.look === '' ? '' : look + piece.look;
    else if (piece.text !== '') yield { content: piece.text, classes: look === '' ? '' : classesOf(look) };
  }
}

interface Piece {
  look: string | null;
  text: string;
}

/** Where a line is overwritten by a carriage return only the looks of what is gone still count. */
function shownPieces(output: string): Piece[] {
  const marks: string[] = [];
  // Each look becomes one character of the private use area, so that it passes through `plain` and is found again.
  const joined = output.replace(PRIVATE, '').replace(SEQUENCES, (sequence) => {
    if (!LOOK.test(sequence)) return '';
    marks.push(sequence);
    return MARK;
  });
  let next = 0;
  return keepOverwritten(joined).flatMap(({ text, skipped }) => {
    const pieces: Piece[] = [];
    for (let index = 0; index < skipped; index += 1) pieces.push({ look: resetOr(marks[next++]), text: '' });
    for (const [index, part] of plain(text).split(MARK).entries()) {
      if (index > 0) pieces.push({ look: resetOr(marks[next++]), text: '' });
      pieces.push({ look: null, text: part });
    }
    return pieces;
  });
}

const MARK = '\ue000';
const PRIVATE = /\ue000/g;

/** Lines with what was overwritten cut off, and how many looks went with it. */
function keepOverwritten(text: string): { text: string; skipped: number }[] {
  // A look may stand between the two characters of a line's end.
  const lines = text.replace(/\r(\ue000*)\n/g, '$1\n').split('\n');
  return lines.map((line, index) => {
    const from = line.lastIndexOf('\r') + 1;
    const end = index < lines.length - 1 ? '\n' : '';
    return { text: line.slice(from) + end, skipped: line.slice(0, from).split(MARK).length - 1 };
  });
}

function resetOr(sequence = ''): string {
  return /\[0*m$/.test(sequence) ? '' : sequence;
}

const cache = new Map<string, string>();

function classesOf(look: string): string {
  const known = cache.get(look);
  if (known !== undefined) return known;
  const [entry] = Anser.ansiToJson(`${look}x`, { use_classes: true, remove_empty: true, json: true });
  const classes = entry ? named(entry) : '';
  if (cache.size > 500) cache.clear();
  cache.set(look, classes);
  return classes;
}

function named({ fg, fg_truecolor, decorations }: ReturnType<typeof Anser.ansiToJson>[number]): string {
  const colour = colourOf(fg ?? '', fg_truecolor ?? '');
  const looks = ['bold', 'dim', 'italic', 'underline', 'reverse'].filter((one) =>
    decorations.some((has) => has === one),
  );
  return [colour, ...looks].filter((one) => one !== '').join(' ');
}

const names: Record<string, string> = {
  black: 'dim',
  red: 'red',
  green: 'green',
  yellow: 'yellow',
  blue: 'blue',
  magenta: 'blue',
  cyan: 'blue',
  white: '',
};
const first16 = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

function colourOf(fg: string, truecolor: string): string {
  const plainName = /^ansi-(?:bright-)?([a-z]+)$/.exec(fg)?.[1];
  if (plainName !== undefined && plainName !== 'truecolor') return names[plainName] ?? '';
  const index = /^ansi-palette-(\d+)$/.exec(fg)?.[1];
  if (index !== undefined) return paletteColour(Number(index));
  const [r = 0, g = 0, b = 0] = truecolor.split(',').map(Number);
  return fg === 'ansi-truecolor' ? nearest(r, g, b) : '';
}

function paletteColour(index: number): string {
  if (index < 16) return names[first16[index % 8] ?? ''] ?? '';
  if (index >= 232) return index < 246 ? 'dim' : '';
  const cube = index - 16;
  return nearest(Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51);
}

/** The one of our few colours that says about the same. */
function nearest(r: number, g: number, b: number): string {
  const [least, most] = [Math.min(r, g, b), Math.max(r, g, b)];
  if (most - least < 40) return most < 140 ? 'dim' : '';
  if (b === most) return 'blue';
  if (r === most) return g > (r + b) / 2 && g - b > 30 ? 'yellow' : 'red';
  return r > (g + b) / 2 && r - b > 30 ? 'yellow' : 'green';
}
