import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';

const instructionsFile = 'AGENTS.md';

/** The session's prompt, followed by the instructions its working directory holds, if any. */
export async function systemPrompt(prompt: string, workingDirectory: string, maxBytes: number): Promise<string> {
  const instructions = await readHead(path.join(workingDirectory, instructionsFile), maxBytes);
  if (!instructions) return prompt;
  const section = `Instructions of this working directory (${instructionsFile}):\n\n${instructions}`;
  return prompt === '' ? section : `${prompt}\n\n${section}`;
}

async function readHead(file: string, maxBytes: number): Promise<string | undefined> {
  // Not blocking, since a pipe of that name would be waited for (where the flag does not exist, pipes do not either).
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(maxBytes + 1), 0, maxBytes + 1, 0);
    const text = buffer
      .subarray(0, Math.min(bytesRead, maxBytes))
      .toString()
      .replace(/\ufffd+$/, '')
      .trim();
    return bytesRead > maxBytes ? `${text}\n[... the rest of ${instructionsFile} is left out ...]` : text;
  } catch {
    // A folder of that name holds no instructions.
    return undefined;
  } finally {
    await handle.close();
  }
}
