import type { TSchema } from 'typebox';
import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';

/** Enough for any configuration a person writes; a limit all the same. */
const most = 500;

/**
 * Everything in `value` that does not fit `schema`. TypeBox by itself stops after a few, by a setting that is
 * global; it is raised for this one call only.
 */
export function schemaErrors(schema: TSchema, value: unknown): ReturnType<typeof Value.Errors> {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: most });
  try {
    return Value.Errors(schema, value);
  } finally {
    Settings.Set({ maxErrors });
  }
}

/** The keys that lead to the place a fault tells of. */
export function pathOf(fault: { instancePath: string }): string[] {
  const parts = fault.instancePath.split('/').slice(1);
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
