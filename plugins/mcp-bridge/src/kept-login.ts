import { Secret } from '@maestro/core';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

/** A client as its authorization server knows it. */
const KeptClient = Type.Object({
  client_id: Type.String(),
  client_secret: Type.Optional(Type.String()),
  token_endpoint_auth_method: Type.Optional(Type.String()),
  /** Given by a person: it stays when others are registered anew. */
  isGiven: Type.Optional(Type.Boolean()),
});
export type KeptClient = Static<typeof KeptClient>;

const KeptLogin = Type.Object({
  /** All of it belongs to this authorization server and goes to no other. */
  issuer: Type.String(),
  client: KeptClient,
  /** Missing where they were refused: the person must sign in anew. */
  tokens: Type.Optional(Type.Object({ access_token: Type.String(), refresh_token: Type.Optional(Type.String()) })),
  /** Asked for when the person signed in. */
  scope: Type.Optional(Type.String()),
  resource: Type.Optional(Type.String()),
});
/** What a sign-in leaves in the row of its server. */
export type KeptLogin = Static<typeof KeptLogin>;

/** Undefined for nothing, and for what cannot be read: then the person signs in anew. */
export function readLogin(sealed: Secret | null): KeptLogin | undefined {
  const value: unknown = sealed?.use((text) => JSON.parse(text));
  if (!Value.Check(KeptLogin, value)) return undefined;
  // Known as secrets from here on, so that nothing that is written for people shows them.
  for (const text of [value.client.client_secret, value.tokens?.access_token, value.tokens?.refresh_token]) {
    if (text !== undefined) new Secret(text);
  }
  return value;
}

export const sealedLogin = (kept: KeptLogin): Secret => new Secret(JSON.stringify(kept));
