/** The price in cents after a discount in percent. */
export function discounted(cents, percent) {
  return cents - Math.floor((cents * percent) / 100);
}
