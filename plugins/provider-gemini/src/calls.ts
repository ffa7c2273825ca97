import { orderedBody, type PreparedRequest, type Secret, type WireProfile } from '@maestro/core';
import type { GeminiConfig } from './config.js';
import type { KeySet } from './profiles/profile-set.js';
import type { Fields } from './request.js';

/** An address from the settings, in the pieces a request is made of. */
export interface Place {
  readonly origin: string;
  /** Without a slash at its end. */
  readonly path: string;
}

export function placeOf(address: string): Place {
  const { origin, pathname } = new URL(address);
  return { origin, path: pathname.replace(/\/+$/, '') };
}

/** The fetch of Node offers one encoding less where nothing is encrypted. */
export const acceptEncoding = ({ origin }: Place): string =>
  origin.startsWith('http:') ? 'gzip, deflate' : 'br, gzip, deflate';

export type KeySettings = Pick<GeminiConfig, 'keyAsBearer' | 'installationId'>;

export interface KeyCall {
  place: Place;
  settings: KeySettings;
  model: string;
  key: Secret;
  fields: Fields;
  /** As over https unless told otherwise. */
  encoding?: string;
}

/** A request with an API key, under the base URL's own path. */
export function keyCall(profile: WireProfile, call: KeyCall): PreparedRequest {
  const { place, settings, model, key, fields, encoding = acceptEncoding(place) } = call;
  return {
    profile: { ...profile, path: place.path + profile.path },
    origin: place.origin,
    slots: {
      model,
      api_key: key,
      bearer: settings.keyAsBearer ? key : undefined,
      installation_id: settings.installationId || undefined,
      accept_encoding: encoding,
    },
    body: bodyOf(profile, fields),
  };
}

/** The list of models, in the head of the profile's other requests; no reference asks for it. */
export function listProfile(set: KeySet, query: string): WireProfile {
  return {
    id: `gemini/api_key/${set.name}/models`,
    method: 'GET',
    path: `/v1beta/models?${query}`,
    headers: set.stream.headers.filter(([name]) => name.toLowerCase() !== 'content-length'),
  };
}

export interface AssistCall {
  place: Place;
  token: Secret;
  /** Stands in the User-Agent; outside of a conversation the one the reference is configured with. */
  model?: string;
  fields?: Fields;
  operation?: string;
}

const USUAL_MODEL = 'gemini-2.5-pro';

/** A request to Code Assist. */
export function assistCall(profile: WireProfile, call: AssistCall): PreparedRequest {
  const { place, token, model = USUAL_MODEL, fields = {}, operation } = call;
  return {
    profile: { ...profile, path: place.path + profile.path },
    origin: place.origin,
    slots: { access_token: token, model, operation },
    body: bodyOf(profile, fields),
  };
}

export const bodyOf = ({ body }: WireProfile, fields: Fields): Buffer =>
  body ? orderedBody(body, fields) : Buffer.alloc(0);
