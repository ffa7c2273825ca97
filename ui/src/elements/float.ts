import { autoUpdate, computePosition, flip, offset, type Placement, shift, size } from '@floating-ui/dom';

/**
 * Keeps `floating` beside `anchor`, turned to where there is room and never higher than the room there is. Gives the
 * undo. The place is written by code: the policy of the server allows no style in markup.
 */
export function float(anchor: Element, floating: HTMLElement, placement: Placement, isAsWide = false): () => void {
  const place = async () => {
    const { x, y } = await computePosition(anchor, floating, {
      strategy: 'fixed',
      placement,
      middleware: [
        offset(4),
        flip({ padding: 8 }),
        shift({ padding: 8 }),
        size({
          padding: 8,
          apply: ({ availableHeight, rects }) => {
            floating.style.setProperty('max-height', `${Math.max(96, availableHeight)}px`);
            if (isAsWide) floating.style.setProperty('min-width', `${rects.reference.width}px`);
          },
        }),
      ],
    });
    floating.style.setProperty('left', `${Math.round(x)}px`);
    floating.style.setProperty('top', `${Math.round(y)}px`);
  };
  return autoUpdate(anchor, floating, () => void place());
}
