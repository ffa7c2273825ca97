/**
 * JSON as it stands in a text: keys in their order, numbers with their digits, nothing twice left out. A value is
 * looked into only when it is opened, so a body of many megabytes costs one walk over its characters.
 */
export interface JsonNode {
  /** As it is written, with its quotes; null inside an array and at the top. */
  key: string | null;
  kind: 'object' | 'array' | 'string' | 'number' | 'word';
  /** Of the value. */
  from: number;
  to: number;
  /** Members of an object or an array; characters of a string as written. */
  items: number;
}

/** Null where the text is not JSON. */
export function jsonRoot(text: string): JsonNode | null {
  try {
    const reader = new Reader(text);
    const root = reader.value(null, reader.space(0));
    return reader.space(root.to) === text.length ? root : null;
  } catch (error) {
    if (error instanceof NotJson) return null;
    throw error;
  }
}

/** Members of an object or an array that `jsonRoot` or this function found. */
export function jsonChildren(text: string, node: JsonNode): JsonNode[] {
  const reader = new Reader(text);
  const children: JsonNode[] = [];
  reader.members(node.from, (child) => children.push(child));
  return children;
}

class NotJson extends Error {}

const DEEPEST = 2_000;
const WORD = /(?:true|false|null)(?![\w$])/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const QUOTE = 34;
const BACKSLASH = 92;

class Reader {
  #depth = 0;

  constructor(private readonly text: string) {}

  /** The first place from `at` on without white space. */
  space(at: number): number {
    let here = at;
    for (;;) {
      const code = this.text.charCodeAt(here);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return here;
      here += 1;
    }
  }

  value(key: string | null, from: number): JsonNode {
    const first = this.text[from];
    if (first === '"') {
      const to = this.#string(from);
      return { key, kind: 'string', from, to, items: to - from - 2 };
    }
    if (first === '{' || first === '[') {
      let items = 0;
      const to = this.members(from, () => {
        items += 1;
      });
      return { key, kind: first === '{' ? 'object' : 'array', from, to, items };
    }
    const word = this.#match(WORD, from);
    if (word !== from) return { key, kind: 'word', from, to: word, items: 0 };
    const to = this.#match(NUMBER, from);
    if (to === from) throw new NotJson();
    return { key, kind: 'number', from, to, items: 0 };
  }

  /** Walks over the members of what begins at `from`; gives where it ends. */
  members(from: number, tell: (child: JsonNode) => void): number {
    const isObject = this.text[from] === '{';
    const end = isObject ? '}' : ']';
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new NotJson();
    let at = this.space(from + 1);
    while (this.text[at] !== end) {
      let key: string | null = null;
      if (isObject) {
        if (this.text[at] !== '"') throw new NotJson();
        const to = this.#string(at);
        key = this.text.slice(at, to);
        at = this.space(to);
        if (this.text[at] !== ':') throw new NotJson();
        at = this.space(at + 1);
      }
      const child = this.value(key, at);
      tell(child);
      at = this.space(child.to);
      if (this.text[at] === end) break;
      if (this.text[at] !== ',') throw new NotJson();
      at = this.space(at + 1);
      if (this.text[at] === end) throw new NotJson();
    }
    this.#depth -= 1;
    return at + 1;
  }

  #string(from: number): number {
    for (let at = from + 1; at < this.text.length; at += 1) {
      const code = this.text.charCodeAt(at);
      if (code === QUOTE) return at + 1;
      if (code === BACKSLASH) at += 1;
      else if (code < 32) throw new NotJson();
    }
    throw new NotJson();
  }

  #match(pattern: RegExp, from: number): number {
    pattern.lastIndex = from;
    return pattern.test(this.text) ? pattern.lastIndex : from;
  }
}
