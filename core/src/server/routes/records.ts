import { createHash } from 'node:crypto';
import { MaestroError } from '../../errors.js';
import { BlobQuery } from '../../protocol/api.js';
import { safeName } from '../../session/safe-name.js';
import { RASTER, seenType } from '../../session/seen-type.js';
import { callCommand } from '../call-command.js';
import { headerReference } from '../header-reference.js';
import { Bytes, type Route, route } from '../route.js';
import type { ServerServices } from '../services.js';

const BLOB_LIMIT_BYTES = 32 * 1_048_576;

/** Exact bytes: what went to providers and came back, and files. */
export function recordRoutes({ calls, blobs, registries }: ServerServices): Route[] {
  return [
    route({
      method: 'GET',
      path: '/calls/:id',
      summary: 'A provider call: ordered headers, held against their reference, sizes and times',
      handle: async ({ params }) => {
        const call = await calls.get(callId(params.id!));
        const operations = registries.providers.find(call.provider)?.wire ?? [];
        return { ...call, reference: headerReference(call, operations) };
      },
    }),
    route({
      method: 'GET',
      path: '/calls/:id/curl',
      summary: 'The request as a command for a shell, each secret as a variable',
      handle: async ({ params }) => {
        const id = callId(params.id!);
        const [call, body] = await Promise.all([calls.get(id), calls.request(id)]);
        return callCommand(call, body);
      },
    }),
    route({
      method: 'GET',
      path: '/calls/:id/request',
      summary: 'The body of the request, byte for byte as sent',
      handle: async ({ params }) => new Bytes(await calls.request(callId(params.id!)), `call-${params.id}-request.bin`),
    }),
    route({
      method: 'GET',
      path: '/calls/:id/response',
      summary: 'The body of the answer, byte for byte as received',
      handle: async ({ params }) =>
        new Bytes(await calls.response(callId(params.id!)), `call-${params.id}-response.bin`),
    }),
    route({
      method: 'PUT',
      path: '/blobs/:sha256',
      summary: 'Store bytes under their SHA-256, for a message to name; the answer says what they are seen to be',
      isBytes: true,
      limitBytes: BLOB_LIMIT_BYTES,
      handle: async ({ params, body }) => {
        const sha256 = blobId(params.sha256!);
        const bytes = body as Buffer;
        if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
          throw new MaestroError('blob.mismatch', 'the bytes do not have the SHA-256 the path names; send them again');
        }
        await blobs.put(bytes);
        return { sha256, bytes: bytes.length, media_type: seenType(bytes) };
      },
    }),
    route({
      method: 'GET',
      path: '/blobs/:sha256',
      summary: 'Bytes by their SHA-256, to be saved as `name`; plain images alone may be shown in place',
      query: BlobQuery,
      handle: async ({ params, query }) => {
        const sha256 = blobId(params.sha256!);
        const bytes = await blobs.get(sha256);
        if (!bytes) throw unknownBlob(sha256);
        const type = seenType(bytes);
        const name = safeName(query.name ?? `${sha256.slice(0, 16)}.bin`);
        return new Bytes(bytes, name, RASTER.has(type) ? type : undefined);
      },
    }),
  ];
}

function callId(id: string): string {
  if (isUuid(id)) return id;
  throw new MaestroError('call.unknown', `there is no call "${id}"`);
}

function blobId(sha256: string): string {
  if (/^[0-9a-f]{64}$/.test(sha256)) return sha256;
  throw unknownBlob(sha256);
}

function unknownBlob(sha256: string): MaestroError {
  return new MaestroError('blob.unknown', `there are no bytes with the SHA-256 "${sha256}"`);
}

/** Anything else would be an error of the database rather than an answer. */
export function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}
