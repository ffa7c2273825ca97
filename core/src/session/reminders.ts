import type { Tools } from '../extension/registry.js';
import type { SessionState } from '../extension/tool.js';
import type { Logger } from '../log.js';

/** What tools want the model to keep in mind when what was said before is summed up. One that fails says nothing. */
export async function remindersOf(tools: Tools, state: SessionState, log: Logger): Promise<string[]> {
  const said = tools.all().map(async (tool) => {
    try {
      return await tool.reminder?.(state);
    } catch (cause) {
      log.warn(`the tool "${tool.id}" cannot say what is to be kept in mind`, { cause });
      return undefined;
    }
  });
  return (await Promise.all(said)).filter((words) => words !== undefined && words !== '') as string[];
}
