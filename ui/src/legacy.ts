/**
 * What the oldest browsers we serve (Chrome 90, Firefox 88, Safari 14) lack of what we use. Loaded before all else;
 * in a newer browser it does nothing.
 */
function lend(name: string, method: (this: never, ...args: never[]) => unknown): void {
  if (name in Array.prototype) return;
  Object.defineProperty(Array.prototype, name, { value: method, writable: true, configurable: true });
}

lend('at', function (this: unknown[], index: number) {
  return this[index < 0 ? this.length + index : index];
});
lend('findLast', function (this: unknown[], test: (value: unknown, index: number) => boolean) {
  for (let index = this.length - 1; index >= 0; index -= 1) if (test(this[index], index)) return this[index];
  return undefined;
});
lend('findLastIndex', function (this: unknown[], test: (value: unknown, index: number) => boolean) {
  for (let index = this.length - 1; index >= 0; index -= 1) if (test(this[index], index)) return index;
  return -1;
});
lend('toSorted', function (this: unknown[], compare: (a: unknown, b: unknown) => number) {
  return [...this].sort(compare);
});
lend('with', function (this: unknown[], index: number, value: unknown) {
  const copy = [...this];
  copy[index < 0 ? copy.length + index : index] = value;
  return copy;
});

const hasOwn = (of: object, key: PropertyKey) => Object.hasOwn(of, key);
Object.hasOwn ??= hasOwn;

/** Whether a flex box knows `gap`: no @supports rule can tell, a measurement can. */
function knowsFlexGap(): boolean {
  const probe = document.createElement('div');
  probe.style.cssText = 'display:flex;flex-direction:column;row-gap:1px;position:absolute;visibility:hidden';
  probe.append(document.createElement('i'), document.createElement('i'));
  document.body.append(probe);
  const height = probe.scrollHeight;
  probe.remove();
  return height === 1;
}

function knowsFocusVisible(): boolean {
  try {
    document.querySelector(':focus-visible');
    return true;
  } catch {
    return false;
  }
}

document.documentElement.classList.toggle('no-flex-gap', !knowsFlexGap());
document.documentElement.classList.toggle('no-focus-visible', !knowsFocusVisible());
