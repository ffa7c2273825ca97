const LONGEST = 120;

/**
 * The name of a file as it may be shown, sent and saved: its last segment on one line, without what could hide its
 * end, lead out of a folder or name a device. At most 120 characters, the ending kept.
 */
export function safeName(given: string): string {
  const last = given.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1)!;
  const plain = last
    // Control and format characters (such as those that turn the direction of writing), and line ends of all kinds.
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, '')
    .replace(/[<>:"|?*`]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  const named = DEVICE.test(plain) ? `_${plain}` : plain;
  return shortened(named) || 'file';
}

/** Names that Windows takes for a device, whatever the ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

function shortened(name: string): string {
  const characters = [...name];
  if (characters.length <= LONGEST) return name;
  const ending = /\.[^. ]{1,10}$/.exec(name)?.[0] ?? '';
  return `${characters
    .slice(0, LONGEST - ending.length)
    .join('')
    .trimEnd()}${ending}`;
}
