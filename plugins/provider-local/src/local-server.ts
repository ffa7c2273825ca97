import { type PreparedRequest, Secret, type WireProfile } from '@maestro/core';
import type { ServerConfig } from './config.js';

/** A model server and how requests reach it. */
export class LocalServer {
  readonly name: string;
  readonly kind: ServerConfig['kind'];
  readonly origin: string;
  readonly #basePath: string;
  readonly #key: Secret | undefined;

  constructor({ name, url, kind, apiKey }: ServerConfig) {
    const { origin, pathname } = new URL(url);
    this.name = name;
    this.kind = kind;
    this.origin = origin;
    this.#basePath = pathname.replace(/\/+$/, '');
    this.#key = apiKey ? new Secret(apiKey) : undefined;
  }

  /** A profile whose path counts from the URL of the settings. */
  profile({ path, headers, ...rest }: WireProfile): WireProfile {
    return { ...rest, path: this.#basePath + path, headers: [...headers, ['authorization', 'Bearer {api_key}']] };
  }

  prepared(profile: WireProfile, body: Buffer): PreparedRequest {
    return { profile: this.profile(profile), origin: this.origin, slots: { api_key: this.#key }, body };
  }

  /** A server may repeat the key in its complaint; that must not get into logs and screens. */
  without(text: string): string {
    return this.#key?.use((key) => (key.length < SHORTEST_KEY ? text : text.replaceAll(key, '<secret>'))) ?? text;
  }
}

/** Shorter ones are no keys in use, and their letters stand in every sentence. */
const SHORTEST_KEY = 6;
