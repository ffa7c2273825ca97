import type { Question, QuestionField } from '@maestro/core/protocol';

/** What stands in the fields of a form, by name: text, a tick, or the ticked of several. */
export type Filled = ReadonlyMap<string, string | boolean | readonly string[]>;

/** The values to send, or what is wrong with which field. */
export interface Answer {
  values: Record<string, unknown>;
  problems: ReadonlyMap<string, string>;
}

/** Fields that were left empty and need not be filled stay away, since an empty text is an answer too. */
export function answerOf(fields: readonly QuestionField[], filled: Filled): Answer {
  const values: Record<string, unknown> = {};
  const problems = new Map<string, string>();
  for (const field of fields) {
    const given = filled.get(field.name);
    const problem = problemOf(field, given);
    if (problem !== null) problems.set(field.name, problem);
    else if (!isEmpty(field, given)) values[field.name] = valueToSend(field, given);
  }
  return { values, problems };
}

/** What a form begins with. */
export function filledAtFirst(fields: readonly QuestionField[]): Map<string, string | boolean | readonly string[]> {
  return new Map(fields.map((field) => [field.name, first(field)]));
}

/** A question of one choice among few, which buttons answer at once. */
export function singleChoice(form: Question): QuestionField | null {
  const [field, ...more] = form.fields;
  if (!field || more.length > 0 || field.isOpen) return null;
  if (field.kind === 'boolean')
    return {
      ...field,
      options: [
        { value: 'true', label: 'Yes' },
        { value: 'false', label: 'No' },
      ],
    };
  return field.kind === 'choice' && (field.options ?? []).length <= 4 ? field : null;
}

function first({ kind, initial, options = [], isRequired }: QuestionField): string | boolean | readonly string[] {
  if (kind === 'boolean') return initial === true;
  if (kind === 'choices') return Array.isArray(initial) ? initial.map(String) : [];
  if (initial !== undefined && initial !== null) return String(initial);
  return kind === 'choice' && isRequired ? (options[0]?.value ?? '') : '';
}

function isEmpty(
  { kind, isRequired }: QuestionField,
  given: string | boolean | readonly string[] | undefined,
): boolean {
  if (kind === 'boolean') return false;
  if (kind === 'choices') return !isRequired && (given as readonly string[] | undefined)?.length === 0;
  return given === undefined || given === '';
}

function problemOf(field: QuestionField, given: string | boolean | readonly string[] | undefined): string | null {
  const { kind, label, isRequired } = field;
  if (kind === 'boolean') return null;
  const nothing = given === undefined || given.toString().trim() === '';
  if (nothing) return isRequired ? `${label} is needed` : null;
  if (kind === 'number' && !Number.isFinite(Number(given))) return `${label} is a number`;
  return null;
}

function valueToSend({ kind }: QuestionField, given: string | boolean | readonly string[] | undefined): unknown {
  return kind === 'number' ? Number(given) : given;
}
