import { defineEntity, p } from '@mikro-orm/core';
import type { BudgetScope } from '../../protocol/budgets.js';
import { dollars, id, now } from './columns.js';
import { SessionRow } from './session.js';

const BudgetSchema = defineEntity({
  name: 'BudgetRow',
  tableName: 'budgets',
  indexes: [
    {
      name: 'budgets_one',
      expression: `create unique index "budgets_one" on "budgets" ("scope", coalesce("session"::text, ''))`,
    },
  ],
  properties: {
    id: id(),
    scope: p.text().$type<BudgetScope>(),
    session: () =>
      p
        .manyToOne(SessionRow)
        .mapToPk()
        .fieldName('session')
        .foreignKeyName('budgets_session_fkey')
        .deleteRule('cascade')
        .nullable(),
    limit_usd: dollars(),
    warn_at: p.double().nullable(),
    created_at: now(),
    updated_at: now(),
  },
});
/** A limit a person set above the configuration. */
export class BudgetRow extends BudgetSchema.class {}
BudgetSchema.setClass(BudgetRow);

const UsageEntrySchema = defineEntity({
  name: 'UsageEntryRow',
  tableName: 'usage_entries',
  indexes: [
    { name: 'usage_entries_at', properties: ['at'] },
    { name: 'usage_entries_conversation', properties: ['conversation_id', 'at'] },
  ],
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    at: now(),
    conversation_id: p.uuid(),
    turn_id: p.uuid().nullable(),
    total_cost_usd: dollars(),
    session_id: p.text().nullable(),
    agent: p.text().nullable(),
    call_id: p.uuid().nullable(),
    provider: p.text().nullable(),
    model: p.text().nullable(),
    activity: p.text().default('conversation'),
    request_tokens: p.integer().default(0),
    response_tokens: p.integer().default(0),
    cached_tokens: p.integer().default(0),
    cache_write_tokens: p.integer().default(0),
    reasoning_tokens: p.integer().default(0),
    estimated: p.boolean().default(false),
  },
});
/** What one call used and cost; it stays when its session is removed. */
export class UsageEntryRow extends UsageEntrySchema.class {}
UsageEntrySchema.setClass(UsageEntryRow);
