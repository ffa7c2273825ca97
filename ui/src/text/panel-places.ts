/** How panels stand side by side, as a person arranged them. */
export interface PanelPlaces {
  /** Ids in the order chosen; panels that are not named come after them. */
  order: readonly string[];
  hidden: readonly string[];
}

export const untouched: PanelPlaces = { order: [], hidden: [] };

/** What was kept, whatever it holds by now. */
export function readPlaces(text: string | null): PanelPlaces {
  try {
    const { order, hidden } = JSON.parse(text ?? '{}') as Partial<Record<keyof PanelPlaces, unknown>>;
    return { order: words(order), hidden: words(hidden) };
  } catch {
    return untouched;
  }
}

function words(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string').slice(0, 200) : [];
}

/** Those that are shown, in their order. */
export function arranged<P extends { id: string }>(panels: readonly P[], { order, hidden }: PanelPlaces): P[] {
  const place = ({ id }: P) => (order.includes(id) ? order.indexOf(id) : order.length);
  return panels.filter(({ id }) => !hidden.includes(id)).sort((a, b) => place(a) - place(b));
}

/** One step to the front or the back among those that are shown. */
export function moved(places: PanelPlaces, shown: readonly string[], id: string, step: -1 | 1): PanelPlaces {
  const at = shown.indexOf(id);
  const other = shown[at + step];
  if (at < 0 || other === undefined) return places;
  const order = shown.map((one) => (one === id ? other : one === other ? id : one));
  return { ...places, order };
}

export function hide({ order, hidden }: PanelPlaces, id: string): PanelPlaces {
  return { order, hidden: [...hidden.filter((one) => one !== id), id] };
}

export function unhide({ order, hidden }: PanelPlaces, id: string): PanelPlaces {
  return { order, hidden: hidden.filter((one) => one !== id) };
}
