import { Migration } from '@mikro-orm/migrations';

/** After what a request was shaped, and when each part of its answer came. */
export class CallTiming0007 extends Migration {
  override up(): void {
    this.addSql('alter table "provider_calls" add column "profile" text null, add column "timing" jsonb null');
  }
  override down(): void {
    this.addSql('alter table "provider_calls" drop column if exists "profile", drop column if exists "timing"');
  }
}
