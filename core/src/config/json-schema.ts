import { layerSchema } from './schema.js';

/** The configuration as a JSON schema, as it stands in config/maestro.schema.json. */
export function configSchemaText(): string {
  // Whether a value is secret is for our own messages; to an editor it means nothing.
  const plain = (key: string, value: unknown) => (key === 'secret' && value === true ? undefined : value);
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...layerSchema };
  return `${JSON.stringify(schema, plain, 2)}\n`;
}
