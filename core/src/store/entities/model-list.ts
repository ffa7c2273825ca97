import { defineEntity, p } from '@mikro-orm/core';
import type { Model } from '../../extension/provider.js';
import { now } from './columns.js';

const ModelListSchema = defineEntity({
  name: 'ModelListRow',
  tableName: 'model_lists',
  properties: {
    provider: p.text().primary(),
    credential_id: p.text().primary(),
    models: p.json<Model[]>(),
    fetched_at: now(),
  },
});
/** What a provider offered when it was asked last, with one credential. */
export class ModelListRow extends ModelListSchema.class {}
ModelListSchema.setClass(ModelListRow);
