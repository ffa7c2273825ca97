import { refuse } from './body.js';
import { type Block, blocksOf, type MessagesBody } from './shape.js';

const MOST = 4;

/** Marks in the order the cache is built: tools, system, messages. */
export function checkCacheMarks({ tools, system, messages }: MessagesBody): void {
  const marked: readonly Pick<Block, 'cache_control' | 'type'>[] = [
    ...(tools ?? []),
    ...(Array.isArray(system) ? system : []),
    ...(messages ?? []).flatMap(blocksOf),
  ];
  const marks = marked.flatMap(({ cache_control, type }) => (cache_control ? [{ ...cache_control, on: type }] : []));
  if (marks.length > MOST)
    refuse(`A maximum of ${MOST} blocks with cache_control may be provided. Found ${marks.length}.`);
  let isShort = false;
  for (const { type, ttl = '5m', on } of marks) {
    if (type !== 'ephemeral') refuse("cache_control.type: Input should be 'ephemeral'");
    if (ttl !== '5m' && ttl !== '1h') refuse("cache_control.ephemeral.ttl: Input should be '5m' or '1h'");
    if (on === 'thinking' || on === 'redacted_thinking') refuse('cache_control: Extra inputs are not permitted');
    if (isShort && ttl === '1h')
      refuse("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block");
    isShort ||= ttl === '5m';
  }
}
