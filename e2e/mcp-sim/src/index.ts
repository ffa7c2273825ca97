import { fileURLToPath } from 'node:url';

export { type HttpSim, type HttpSimOptions, startHttpSim } from './http.js';
export { type Mode, modes } from './modes.js';
export { type OAuthSim, startOAuthSim } from './oauth.js';

/** The program that speaks over its pipes; its first argument is the mode. */
export const stdioProgram = fileURLToPath(new URL('./stdio.js', import.meta.url));
