import { AgentTemplateRow, ApprovalRow, ApprovalRuleRow, McpServerRow, SessionStateRow } from './agents.js';
import { BudgetRow, UsageEntryRow } from './budget.js';
import { CompactionRow } from './compaction.js';
import { ApiTokenRow, KeyCheckRow, SavedAuthenticationRow } from './credential.js';
import { EventRow } from './event.js';
import { DraftRow, MessageRow, QueuedMessageRow } from './message.js';
import { ModelListRow } from './model-list.js';
import { ComposerDraftRow, ConversationRow, SessionRow } from './session.js';
import { BlobRow, InstanceRow, ToolRow } from './system.js';
import { ProviderCallRow, ToolCallRow, TurnRow } from './turn.js';

export {
  AgentTemplateRow,
  ApiTokenRow,
  ApprovalRow,
  ApprovalRuleRow,
  BlobRow,
  BudgetRow,
  CompactionRow,
  ComposerDraftRow,
  ConversationRow,
  DraftRow,
  EventRow,
  InstanceRow,
  KeyCheckRow,
  McpServerRow,
  MessageRow,
  ModelListRow,
  ProviderCallRow,
  QueuedMessageRow,
  SavedAuthenticationRow,
  SessionRow,
  SessionStateRow,
  ToolCallRow,
  ToolRow,
  TurnRow,
  UsageEntryRow,
};

/** Every table, as the ORM knows it; a test compares them with what the migrations made. */
export const entities = [
  AgentTemplateRow,
  ApiTokenRow,
  ApprovalRow,
  ApprovalRuleRow,
  BlobRow,
  BudgetRow,
  CompactionRow,
  ComposerDraftRow,
  ConversationRow,
  DraftRow,
  EventRow,
  InstanceRow,
  KeyCheckRow,
  McpServerRow,
  MessageRow,
  ModelListRow,
  ProviderCallRow,
  QueuedMessageRow,
  SavedAuthenticationRow,
  SessionRow,
  SessionStateRow,
  ToolCallRow,
  ToolRow,
  TurnRow,
  UsageEntryRow,
] as const;
