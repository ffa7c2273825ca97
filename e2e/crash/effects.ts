import { readFile } from 'node:fs/promises';

/** Something a tool of the witness did, whatever the database says. */
export interface Effect {
  kind: string;
  call: string;
  name: string;
}

export async function effectsOf(witness: string): Promise<Effect[]> {
  const lines = (await readFile(witness, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [kind = '', call = '', name = ''] = line.split(' ');
    return { kind, call, name };
  });
}
