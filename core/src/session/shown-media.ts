import type { ModelMessage, ModelRequest } from '../extension/provider.js';
import type { MediaLimits } from '../protocol/media-limits.js';
import type { Attachment, ContentPart, Part, TextPart } from '../protocol/messages.js';
import { text } from '../protocol/messages.js';
import type { ModelCapabilities } from '../protocol/resources.js';
import { edgeOf, named, tooLarge } from './attachments.js';
import { fenced } from './fenced.js';
import { TEXT } from './seen-type.js';

/**
 * Which images and files a request shows: all, those since the last message of a person, or none. It goes down where a
 * provider refuses what it was sent, so that one picture cannot end a conversation.
 */
export type Shows = 'all' | 'new' | 'none';

/** What a model can do, as far as it is known by now. */
export type Capabilities = (provider: string, model: string) => Partial<ModelCapabilities> | undefined;

export interface Showing extends Pick<ModelRequest, 'model' | 'messages' | 'blob' | 'notice'> {
  provider: string;
  /** Undefined where the provider sees to it itself. */
  limits: MediaLimits | undefined;
  capabilities: Partial<ModelCapabilities> | undefined;
  shows: Shows;
  /** What a model reads of one text file. */
  textBytes: number;
}

type Shown = Pick<ModelRequest, 'messages' | 'blob'>;

/**
 * The messages as this model can be shown them: files of text become words, and of what it cannot take, or what there
 * is no room for, the oldest first, stands the name. The person is told once, with the message that brings it.
 */
export async function shownMedia(showing: Showing): Promise<Shown> {
  const { messages, blob } = showing;
  const places = messages.flatMap((message, at) => attachedTo(message).map((part) => ({ part, at })));
  if (places.length === 0) return { messages, blob };
  const room = new Room(showing);
  // The newest first: they get the room there is.
  for (const [digest, same] of Map.groupBy(places.reverse(), ({ part }) => part.blob)) {
    const old = same.filter(({ at }) => !isShown(showing, at));
    for (const { part } of old) room.leaveOut(part, 'the provider refused a request with it');
    await room.add(
      digest,
      same.filter((place) => !old.includes(place)).map(({ part }) => part),
    );
  }
  tell(showing, room.dropped);
  return {
    messages: messages.map((message) => ({ ...message, parts: message.parts.map((part) => room.shown(part)) })),
    blob: async (digest) => room.bytes.get(digest) ?? blob(digest),
  };
}

/** Whether there is anything older to leave out, or anything at all. */
export function fewer(messages: readonly ModelMessage[], shows: Shows): Shows | undefined {
  const has = (some: readonly ModelMessage[]) => some.some((message) => attachedTo(message).length > 0);
  const from = newFrom(messages);
  if (shows === 'all' && has(messages.slice(0, from))) return 'new';
  return shows !== 'none' && has(messages.slice(from)) ? 'none' : undefined;
}

const newFrom = (messages: readonly ModelMessage[]) => messages.findLastIndex(({ role }) => role === 'user');

function isShown({ shows, messages }: Showing, at: number): boolean {
  return shows === 'all' || (shows === 'new' && at >= newFrom(messages));
}

/** Fills up with what fits. Each part that does not stay as it is gets a text in its place. */
class Room {
  readonly bytes = new Map<string, Buffer>();
  /** In the order they were left out, newest first. */
  readonly dropped: { part: Attachment; why: string }[] = [];
  readonly #texts = new Map<Attachment, TextPart>();
  #images = 0;
  #total = 0;
  /** Of the images that are shown, in pixels. */
  #longest = 0;

  constructor(private readonly showing: Showing) {}

  /** @param parts all that show these bytes */
  async add(digest: string, parts: readonly Attachment[]): Promise<void> {
    const wanted = parts.filter((part) => this.#isWanted(part));
    if (wanted.length === 0) return;
    // Bytes that are gone must not end a conversation.
    const bytes = await this.showing.blob(digest).catch(() => undefined);
    for (const part of wanted) {
      const why = bytes ? this.#whyNot(part, bytes) : 'its bytes are gone';
      if (why) this.leaveOut(part, why);
      else if (isText(part)) this.#texts.set(part, fenced(part.name ?? 'file', bytes!, this.showing.textBytes));
      else this.bytes.set(digest, bytes!);
    }
  }

  leaveOut(part: Attachment, why: string): void {
    this.dropped.push({ part, why });
    const what = part.name === undefined ? named(part) : `the ${part.type} ${named(part)}`;
    this.#texts.set(part, text(`[${what} is not shown: ${why}]`));
  }

  shown(part: Part): Part;
  shown(part: ContentPart): ContentPart;
  shown(part: Part | ContentPart): Part | ContentPart {
    if (part.type === 'tool_result') return { ...part, content: part.content.map((each) => this.shown(each)) };
    return isAttached(part) ? (this.#texts.get(part) ?? part) : part;
  }

  /** Whether it is worth looking at its bytes. */
  #isWanted(part: Attachment): boolean {
    const { limits, capabilities, model } = this.showing;
    if (isText(part)) return true;
    const isImage = part.media_type.startsWith('image/');
    const cannot = isImage ? capabilities?.images === false : capabilities?.files === false;
    if (!limits && !cannot) return false;
    const takes = limits && [...limits.images, ...limits.files].includes(part.media_type);
    if (takes && !cannot) return true;
    this.leaveOut(part, `${model} does not take ${isImage && cannot ? 'images' : part.media_type}`);
    return false;
  }

  #whyNot(part: Attachment, bytes: Buffer): string | undefined {
    const { limits } = this.showing;
    if (!limits || isText(part)) return undefined;
    const why = tooLarge(part, bytes, limits);
    if (why) return `it ${why}`;
    const isImage = limits.images.includes(part.media_type);
    const longest = isImage ? Math.max(this.#longest, edgeOf(part, bytes)) : this.#longest;
    const many = limits.manyImages;
    const most = many && longest > many.pixels ? Math.min(many.over, limits.imageCount) : limits.imageCount;
    if (isImage && this.#images >= most) return `${most} newer images are`;
    if (this.#total + bytes.length > limits.totalBytes) return 'newer ones take the room there is';
    this.#total += bytes.length;
    if (isImage) this.#images += 1;
    this.#longest = longest;
    return undefined;
  }
}

/** Told when it begins: with what brings an image or file, or with the first request to another model. */
function tell({ messages, provider, model, notice }: Showing, dropped: Room['dropped']): void {
  const at = messages.findLastIndex(({ role }) => role === 'assistant');
  const last = messages[at];
  const isNew = !last || last.provider !== provider || last.model !== model;
  const brings = messages.slice(at + 1).some((message) => attachedTo(message).length > 0);
  if (dropped.length === 0 || !(isNew || brings)) return;
  const names = [...new Set(dropped.map(({ part, why }) => `${named(part)}: ${why}`))];
  const more = names.length > MOST_TOLD ? `; and ${names.length - MOST_TOLD} more` : '';
  notice('attachment.dropped', `Not shown to ${model}, only named: ${names.slice(0, MOST_TOLD).join('; ')}${more}.`);
}

const MOST_TOLD = 5;

/** Images and files of a message, those in results of tools included. */
function attachedTo({ parts }: Pick<ModelMessage, 'parts'>): Attachment[] {
  return parts.flatMap((part): Attachment[] => {
    if (part.type === 'tool_result') return part.content.filter(isAttached);
    return isAttached(part) ? [part] : [];
  });
}

const isAttached = (part: Part | ContentPart): part is Attachment => part.type === 'image' || part.type === 'file';

/** Whether it is shown as words. Tools name finer types of text than bytes tell. */
export const isText = ({ type, media_type }: Attachment): boolean =>
  type === 'file' &&
  (media_type === TEXT ||
    /^(?:text\/.+|application\/(?:.+\+)?(?:json|xml|yaml|toml|javascript|sql|x-sh|x-yaml))$/.test(media_type));
