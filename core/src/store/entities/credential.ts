import { defineEntity, p } from '@mikro-orm/core';
import type { CredentialFailure } from '../../protocol/resources.js';
import type { Envelope } from '../envelope.js';
import { id, now, time } from './columns.js';

const SavedAuthenticationSchema = defineEntity({
  name: 'SavedAuthenticationRow',
  tableName: 'saved_authentications',
  uniques: [{ name: 'saved_authentications_provider_label_key', properties: ['provider', 'label'] }],
  properties: {
    id: id(),
    provider: p.text(),
    auth_type: p.text().$type<'api_key' | 'oauth'>(),
    method: p.text(),
    label: p.text(),
    credentials: p.json<Envelope>(),
    account: p.text().nullable(),
    expires_at: time().nullable(),
    refresh_attempt_at: time().nullable(),
    next_refresh_at: time().nullable(),
    last_success_at: time().nullable(),
    failure: p.json<CredentialFailure>().nullable(),
    needs_login: p.boolean().default(false),
    gen: p.integer().default(1),
    created_at: now(),
    updated_at: now(),
  },
});
/** A key or sign-in, sealed; what queries need stands beside it in clear. */
export class SavedAuthenticationRow extends SavedAuthenticationSchema.class {}
SavedAuthenticationSchema.setClass(SavedAuthenticationRow);

const KeyCheckSchema = defineEntity({
  name: 'KeyCheckRow',
  tableName: 'key_check',
  properties: { kid: p.text().primary(), envelope: p.json<Envelope>(), created_at: now() },
});
/** A constant sealed with a master key: opening it proves the key before anything else is read. */
export class KeyCheckRow extends KeyCheckSchema.class {}
KeyCheckSchema.setClass(KeyCheckRow);

const ApiTokenSchema = defineEntity({
  name: 'ApiTokenRow',
  tableName: 'api_tokens',
  properties: {
    id: id(),
    name: p.text(),
    kind: p.text().$type<'machine' | 'browser' | 'api'>(),
    digest: p.blob().unique('api_tokens_digest_key'),
    created_at: now(),
    last_used_at: now(),
    revoked_at: time().nullable(),
  },
});
/** Who may speak to the server; of the token itself only the SHA-256 is kept. */
export class ApiTokenRow extends ApiTokenSchema.class {}
ApiTokenSchema.setClass(ApiTokenRow);
