import { type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { MaestroError } from '../errors.js';
import type { ApprovalAnswerBody } from '../protocol/api.js';
import type { Question, QuestionAnswer, QuestionField } from '../protocol/approvals.js';
import type { LimitAnswer } from '../protocol/budgets.js';
import type { StoredApproval } from '../store/approvals.js';

/** What a person says to a question, checked against its form. @throws MaestroError `approval.bad_answer` */
export function checkedAnswer(
  { id, form }: Pick<StoredApproval, 'id' | 'form'>,
  said: ApprovalAnswerBody,
): QuestionAnswer {
  const { decision, answer = {}, args, text } = said;
  if (decision === 'always' || args !== undefined) {
    throw badAnswer(`request ${id} is a question: allow answers it, deny and dismiss decline it`);
  }
  if (decision === 'deny') return { outcome: 'declined', reason: text ?? null };
  if (decision === 'dismiss') return { outcome: 'dismissed' };
  const schema = formSchema(form?.fields ?? []);
  if (Value.Check(schema, answer)) return { outcome: 'answered', values: answer };
  const faults = Value.Errors(schema, answer).map(({ instancePath, message }) => `answer${instancePath} ${message}`);
  throw badAnswer(`the answer does not fit question ${id}: ${[...new Set(faults)].slice(0, 10).join('; ')}`);
}

/** What a person says at a limit; `allow` without a word lets the turn go on. @throws MaestroError `approval.bad_answer` */
export function limitAnswer(
  asked: Pick<StoredApproval, 'id' | 'form'>,
  said: ApprovalAnswerBody,
): { state: 'allowed' | 'denied'; answer: LimitAnswer } {
  const checked = checkedAnswer(asked, said);
  const how = checked.outcome === 'answered' ? (checked.values.how ?? 'go_on') : 'stop';
  return { state: how === 'stop' ? 'denied' : 'allowed', answer: { how } as LimitAnswer };
}

/** What the values of a form look like. */
function formSchema(fields: Question['fields']): TSchema {
  const properties = fields.map((field): [string, TSchema] => {
    const schema = fieldSchema(field);
    return [field.name, field.isRequired ? schema : Type.Optional(schema)];
  });
  return Type.Object(Object.fromEntries(properties), { additionalProperties: false });
}

const longestText = 100_000;

function fieldSchema({ kind, options = [], isOpen, isRequired }: QuestionField): TSchema {
  const text = Type.String({ maxLength: longestText, ...(isRequired && { minLength: 1 }) });
  const chosen = isOpen || options.length === 0 ? text : Type.Enum(options.map(({ value }) => value));
  switch (kind) {
    case 'number':
      return Type.Number();
    case 'boolean':
      return Type.Boolean();
    case 'choice':
      return chosen;
    case 'choices':
      return Type.Array(chosen, { uniqueItems: true, maxItems: 1_000, ...(isRequired && { minItems: 1 }) });
    default:
      return text;
  }
}

function badAnswer(message: string): MaestroError {
  return new MaestroError('approval.bad_answer', message);
}
