import { readdir, readFile } from 'node:fs/promises';
import { readAgentFile } from '@maestro/core';

// Seen from dist/src, beside package.json.
const folder = new URL('../../agents/', import.meta.url);

/** The agents that come with this package. */
export async function shippedAgents() {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')));
  return texts.map((text, index) => readAgentFile(files[index]!, text).agent);
}
