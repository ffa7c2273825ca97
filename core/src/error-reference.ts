import type { ErrorEntry } from './error-catalogue.js';

/** The catalogue as the page docs/reference/errors.md. */
export function errorReference(catalogue: Readonly<Record<string, ErrorEntry>>): string {
  const rows = Object.entries(catalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, meaning, remedy }]) => `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`);
  return `# Errors

Every error has a dotted code for machines and a sentence for people: what happened, to what, what to do.
REST answers \`{ "error": { "code", "message", "correlation_id" } }\`; the correlation id stands in \`logs/maestro.log\` too.
Generated from \`core/src/error-catalogue.ts\` by \`scripts/error-reference.mjs\`.

| code | status | means | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
