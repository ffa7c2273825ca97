/** Lit marks the style elements it makes in old browsers with this, where the server names a nonce for the page. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
if (nonce) Object.assign(window, { litNonce: nonce });
