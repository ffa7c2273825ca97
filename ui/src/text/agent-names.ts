const names = [
  'Atlas',
  'Forge',
  'Wren',
  'Juno',
  'Argus',
  'Mason',
  'Delta',
  'Scribe',
  'Pixel',
  'Harbor',
  'Ember',
  'Quill',
];

/** A name that no session bears yet. */
export function freshName(taken: readonly string[]): string {
  const free = names.find((name) => !taken.includes(name));
  if (free !== undefined) return free;
  for (let count = 2; ; count += 1) {
    const name = names.map((one) => `${one} ${count}`).find((one) => !taken.includes(one));
    if (name !== undefined) return name;
  }
}
