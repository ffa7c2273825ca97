/**
 * Characters that change how a line reads without being seen: overrides of direction, invisible spaces, tags.
 * Text of models, tools and files is shown with them spelled out, so that nothing can hide in it.
 */
const HIDDEN =
  /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}]|[\u200c\u200d]/gu;
/** Joiners between these build emoji and the letters of several scripts; between Latin letters they only deceive. */
const JOINED = /(?:[^\p{Script=Latin}\p{Script=Common}\s]|\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})$/u;

/** Those, and what else draws nothing and acts on what stands around it. */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u{e0000}-\u{e007f}])/u;

/** A text in pieces, of which each second one is a character that is not seen; all together are the text. */
export function apart(text: string): string[] {
  return text.split(UNSEEN);
}

/** `U+202E` */
export function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

export function visible(text: string): string {
  return text.replace(HIDDEN, (character, at: number) => {
    const joiner = character === '\u200c' || character === '\u200d';
    if (joiner && JOINED.test(text.slice(Math.max(0, at - 2), at))) return character;
    return `\u27e8U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}\u27e9`;
  });
}
