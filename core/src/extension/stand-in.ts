/**
 * Stands for any service where plugins are loaded without a platform, to look at what they add: whatever is asked of
 * it, it gives nothing.
 */
export const standIn: unknown = new Proxy(() => undefined, {
  apply: () => standIn,
  get: (_, key) => {
    if (key === 'then') return undefined;
    return key === Symbol.iterator ? () => [][Symbol.iterator]() : standIn;
  },
});
