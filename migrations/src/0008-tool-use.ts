import { Migration } from '@mikro-orm/migrations';

/** How often tools were called lately, and how many sessions a template made, is counted. */
export class ToolUse0008 extends Migration {
  override up(): void {
    this.addSql('create index "tool_calls_started" on "tool_calls" ("started_at")');
    this.addSql('create index "sessions_template" on "sessions" ("template")');
  }
  override down(): void {
    this.addSql('drop index if exists "tool_calls_started"');
    this.addSql('drop index if exists "sessions_template"');
  }
}
