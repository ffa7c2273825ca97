import type { ModelMessage, ModelRequest } from '../extension/provider.js';
import { shownMedia } from './shown-media.js';
import type { Asking, TurnContext } from './turn.js';

/** Messages as the model that is asked can be shown them, and where it gets the bytes. */
export function shownIn(
  turn: TurnContext,
  { provider, config }: Asking,
  messages: readonly ModelMessage[],
): Promise<Pick<ModelRequest, 'messages' | 'blob'>> {
  const { blob, capabilities, limits } = turn.input;
  const { shows } = turn;
  return shownMedia({
    ...{ messages: [...messages], blob, shows, provider: config.provider, model: config.model },
    limits: provider.media,
    capabilities: capabilities?.(config.provider, config.model),
    textBytes: limits.attachedTextBytes,
    notice: (code, words) => turn.notice(code, words),
  });
}
