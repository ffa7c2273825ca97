import { defineEntity, p } from '@mikro-orm/core';
import { id, now } from './columns.js';

const InstanceSchema = defineEntity({
  name: 'InstanceRow',
  tableName: 'instances',
  properties: { id: id(), host: p.text(), pid: p.integer(), started_at: now(), heartbeat_at: now() },
});
/** A running server; one that is silent has lost its conversations. */
export class InstanceRow extends InstanceSchema.class {}
InstanceSchema.setClass(InstanceRow);

const ToolSchema = defineEntity({
  name: 'ToolRow',
  tableName: 'tools',
  properties: {
    name: p.text().primary(),
    title: p.text(),
    description: p.text(),
    parameters: p.json<unknown>(),
    effects: p.text().$type<'read' | 'write' | 'exec' | 'net'>(),
    is_enabled: p.boolean().default(true),
    created_at: now(),
    updated_at: now(),
  },
});
/** A tool that some plugin has given, and whether the person lets agents use it. */
export class ToolRow extends ToolSchema.class {}
ToolSchema.setClass(ToolRow);

const BlobSchema = defineEntity({
  name: 'BlobRow',
  tableName: 'blobs',
  properties: { sha256: p.text().primary(), bytes: p.integer(), z: p.blob(), created_at: now() },
});
/** Bytes by their SHA-256, deflated. */
export class BlobRow extends BlobSchema.class {}
BlobSchema.setClass(BlobRow);
