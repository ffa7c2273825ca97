import { Spine0001 } from './0001-spine.js';

/** In the order they are applied; names are what the database remembers, so they never change. */
export const migrations = [{ name: '0001-spine', class: Spine0001 }];
