import { layerSchema } from './schema.js';

/** The configuration as a JSON schema, as it stands in config/maestro.schema.json. */
export function configSchemaText(): string {
  // Whether a value is secret is for our own messages; to an editor it means nothing.
  const plain = (key: string, value: unknown) => (key === 'secret' && value === true ? undefined : value);
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...layerSchema };
  // Lists of words stand on one line, as the formatter of this repository has them.
  const text = JSON.stringify(schema, plain, 2).replace(/\[\s+("[^\]]*")\s+\]/g, (_, words: string) => {
    return `[${words.split(/,\s+/).join(', ')}]`;
  });
  return `${text}\n`;
}
