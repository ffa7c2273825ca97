import {
  BeginSignInBody,
  CompleteSignInBody,
  CredentialPatchBody,
  EmptyBody,
  NewCredentialBody,
  RotateKeysBody,
  VerifyBody,
} from '../../protocol/api.js';
import { type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

/** Keys and sign-ins: saved, proved, refreshed, and how they come to be. Secrets are written and never read. */
export function credentialRoutes(services: ServerServices): Route[] {
  return [...savedRoutes(services), ...signInRoutes(services), ...keyRoutes(services)];
}

function savedRoutes({ credentials, verified, fresh }: ServerServices): Route[] {
  return [
    route({
      method: 'GET',
      path: '/credentials',
      summary: 'List credentials; secrets are never read',
      handle: async () => ({ items: await credentials.list(), next: null }),
    }),
    route({
      method: 'POST',
      path: '/credentials',
      summary: 'Save an API key, sealed, after a real call with it',
      body: NewCredentialBody,
      status: 201,
      handle: ({ body }) => verified.saveKey(body),
    }),
    route({
      method: 'PATCH',
      path: '/credentials/:id',
      summary: 'Rename a saved credential',
      body: CredentialPatchBody,
      handle: ({ params, body }) => credentials.rename(params.id!, body.label),
    }),
    route({
      method: 'DELETE',
      path: '/credentials/:id',
      summary: 'Delete a saved credential',
      handle: async ({ params }) => {
        await credentials.remove(params.id!);
      },
    }),
    route({
      method: 'POST',
      path: '/credentials/:id/verify',
      summary: 'Try a credential with a real call that costs nothing',
      body: VerifyBody,
      handle: ({ params, body }) => verified.verify(params.id!, body.provider),
    }),
    route({
      method: 'POST',
      path: '/credentials/:id/refresh',
      summary: 'Get new tokens for a sign-in now',
      body: EmptyBody,
      handle: ({ params }) => fresh.renew(params.id!),
    }),
  ];
}

function signInRoutes({ signIns }: ServerServices): Route[] {
  return [
    route({
      method: 'POST',
      path: '/auth/:provider/:method/begin',
      summary: 'Begin to sign in; the answer says where the person goes',
      body: BeginSignInBody,
      status: 201,
      handle: ({ params, body }) => signIns.begin(params.provider!, params.method!, body),
    }),
    route({
      method: 'GET',
      path: '/auth/flows/:id',
      summary: 'Read how a sign-in stands',
      handle: async ({ params }) => signIns.get(params.id!),
    }),
    route({
      method: 'POST',
      path: '/auth/flows/:id/complete',
      summary: 'Give the code a sign-in led to, or what a method asks for',
      body: CompleteSignInBody,
      handle: ({ params, body }) => signIns.complete(params.id!, body),
    }),
    route({
      method: 'DELETE',
      path: '/auth/flows/:id',
      summary: 'Give a sign-in up',
      handle: async ({ params }) => {
        signIns.cancel(params.id!);
      },
    }),
  ];
}

function keyRoutes({ keys }: ServerServices): Route[] {
  return [
    route({
      method: 'GET',
      path: '/keys',
      summary: 'Read which master keys seal the credentials; their values are never read',
      handle: () => keys.status(),
    }),
    route({
      method: 'POST',
      path: '/keys/rotate',
      summary: 'Seal all credentials with a new master key, or drop the old one',
      body: RotateKeysBody,
      handle: async ({ body }) => {
        // Dropping is a command of its own: whoever keeps the old key can go back until then.
        return body.drop_old ? keys.dropOld() : keys.rotate({ full: body.full ?? false });
      },
    }),
  ];
}
