import { Migration } from '@mikro-orm/migrations';

/** Which bytes messages show, so that those nobody shows can be found and removed. */
export class Attachments0006 extends Migration {
  override up(): void {
    this.addSql(
      `create index "messages_blobs" on "messages" using gin (jsonb_path_query_array("parts", '$.**.blob')) where jsonb_path_exists("parts", '$.**.blob')`,
    );
  }
  override down(): void {
    this.addSql('drop index if exists "messages_blobs"');
  }
}
