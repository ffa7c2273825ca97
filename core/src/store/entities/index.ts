import { ApiTokenRow, KeyCheckRow, SavedAuthenticationRow } from './credential.js';
import { EventRow } from './event.js';
import { DraftRow, MessageRow, QueuedMessageRow } from './message.js';
import { ComposerDraftRow, ConversationRow, SessionRow } from './session.js';
import { BlobRow, InstanceRow, ToolRow } from './system.js';
import { ProviderCallRow, ToolCallRow, TurnRow } from './turn.js';

export {
  ApiTokenRow,
  BlobRow,
  ComposerDraftRow,
  ConversationRow,
  DraftRow,
  EventRow,
  InstanceRow,
  KeyCheckRow,
  MessageRow,
  ProviderCallRow,
  QueuedMessageRow,
  SavedAuthenticationRow,
  SessionRow,
  ToolCallRow,
  ToolRow,
  TurnRow,
};

/** Every table, as the ORM knows it; a test compares them with what the migrations made. */
export const entities = [
  ApiTokenRow,
  BlobRow,
  ComposerDraftRow,
  ConversationRow,
  DraftRow,
  EventRow,
  InstanceRow,
  KeyCheckRow,
  MessageRow,
  ProviderCallRow,
  QueuedMessageRow,
  SavedAuthenticationRow,
  SessionRow,
  ToolCallRow,
  ToolRow,
  TurnRow,
] as const;
