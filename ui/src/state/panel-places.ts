import { type PanelPlaces, readPlaces } from '../text/panel-places.js';
import { Signal } from './signal.js';

/** Where the panels of one slot stand; kept in this browser, and the same in all its tabs. */
class KeptPlaces extends Signal<PanelPlaces> {
  readonly #key: string;

  constructor(slot: string) {
    const key = `maestro.panels.${slot}`;
    super(readPlaces(localStorage.getItem(key)));
    this.#key = key;
    window.addEventListener('storage', (event) => {
      if (event.key === key) this.value = readPlaces(event.newValue);
    });
  }

  keep(places: PanelPlaces): void {
    localStorage.setItem(this.#key, JSON.stringify(places));
    this.value = places;
  }
}

const kept = new Map<string, KeptPlaces>();

export function panelPlaces(slot: string): KeptPlaces {
  const places = kept.get(slot) ?? new KeptPlaces(slot);
  kept.set(slot, places);
  return places;
}
