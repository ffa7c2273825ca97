import { arch, platform } from 'node:process';
import { orderedBody, type PreparedRequest, type Secret, type WireProfile } from '@maestro/core';
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

export interface Call {
  place: Place;
  key?: Secret | undefined;
  token?: Secret | undefined;
  identity: string;
  fields?: Fields;
  /** As over https unless told otherwise. */
  encoding?: string;
}

/** A request to the API, under the base URL's own path. */
export function apiCall(profile: WireProfile, call: Call): PreparedRequest {
  const { place, key, token, identity, fields = {}, encoding = acceptEncoding(place) } = call;
  return {
    profile: { ...profile, path: place.path + profile.path },
    origin: place.origin,
    slots: {
      api_key: key,
      access_token: token,
      identity,
      os: SYSTEMS[platform] ?? 'Unknown',
      arch: MACHINES[arch] ?? 'unknown',
      accept_encoding: encoding,
    },
    body: profile.body ? orderedBody(profile.body, fields) : Buffer.alloc(0),
  };
}

/** The fetch of Node offers one encoding less where nothing is encrypted. */
const acceptEncoding = ({ origin }: Place): string =>
  origin.startsWith('http:') ? 'gzip, deflate' : 'br, gzip, deflate';

/** As the client of the references names them. */
const SYSTEMS: Readonly<Record<string, string>> = {
  darwin: 'MacOS',
  linux: 'Linux',
  win32: 'Windows',
  freebsd: 'FreeBSD',
  openbsd: 'OpenBSD',
};
const MACHINES: Readonly<Record<string, string>> = { x64: 'x64', arm64: 'arm64', ia32: 'x32', arm: 'arm' };
