import type { PluginSummary } from '@maestro/core/protocol';
import type { IconName } from '../icons/names.js';
import { plural } from './format.js';

type Kind = keyof PluginSummary['contributes'];

export const kinds: readonly (readonly [kind: Kind, word: string, glyph: IconName])[] = [
  ['panels', 'panel', 'layout-panel-top'],
  ['tools', 'tool', 'wrench'],
  ['providers', 'provider', 'server'],
  ['auth', 'sign-in method', 'key-round'],
];

/** `2 panels`, `1 tool`: what a plugin that is on brings. */
export function brings({ contributes }: Pick<PluginSummary, 'contributes'>): { text: string; glyph: IconName }[] {
  return kinds.flatMap(([kind, word, glyph]) => {
    const { length } = contributes[kind];
    return length === 0 ? [] : [{ text: plural(length, word), glyph }];
  });
}

/** The picture of what it brings most of. */
export function glyphOf({ contributes }: Pick<PluginSummary, 'contributes'>): IconName {
  const [most] = [...kinds].sort(([a], [b]) => contributes[b].length - contributes[a].length);
  return most && contributes[most[0]].length > 0 ? most[2] : 'blocks';
}

/** Without the scope of those that ship. */
export function shortName(name: string): string {
  return name.replace(/^@maestro\//, '');
}
