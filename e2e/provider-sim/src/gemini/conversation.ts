import { refuse } from './errors.js';
import type { SimModel } from './models.js';
import type { Content, GenerateBody, Part } from './shape.js';
import type { ThoughtSignatures } from './thought-signatures.js';

const MEDIA = [
  /^image\/(png|jpeg|webp|heic|heif)$/,
  /^application\/(pdf|json|x-javascript|x-python|rtf)$/,
  /^text\/[a-z.+-]+$/,
  /^audio\/(wav|mp3|mpeg|aiff|aac|ogg|flac|m4a|webm|pcm)$/,
  /^video\/(mp4|mpeg|mov|quicktime|avi|x-flv|mpg|webm|wmv|3gpp)$/,
];

/** What the API holds a history to: roles, parts that say something, calls paired with results, signed calls. */
export function checkConversation(body: GenerateBody, model: SimModel, signatures: ThoughtSignatures): void {
  const contents = body.contents ?? [];
  if (contents.length === 0) refuse('* GenerateContentRequest.contents: contents is not specified\n');
  checkInstruction(body.systemInstruction);
  contents.forEach((content, index) => {
    checkContent(content, `GenerateContentRequest.contents[${index}]`, signatures);
  });
  checkTurns(contents);
  if (model.version >= 3) checkSigned(contents);
}

/** For a count the parts alone matter. */
export function checkCounted(contents: readonly Content[], signatures: ThoughtSignatures): void {
  if (contents.length === 0) refuse('* CountTokensRequest.contents: contents is not specified\n');
  contents.forEach((content, index) => {
    checkContent(content, `CountTokensRequest.contents[${index}]`, signatures);
  });
}

function checkInstruction(instruction: Content | undefined): void {
  if (!instruction) return;
  if (!instruction.parts?.length) refuse('* GenerateContentRequest.system_instruction.parts: must not be empty.\n');
  if (instruction.parts.some(({ text }) => text === undefined))
    refuse('Developer instruction only supports text parts.');
}

function checkContent({ role, parts = [] }: Content, where: string, signatures: ThoughtSignatures): void {
  if (role !== undefined && !['user', 'model', 'function'].includes(role))
    refuse('Please use a valid role: user, model.');
  if (parts.length === 0) refuse(`* ${where}.parts: contents.parts must not be empty.\n`);
  parts.forEach((part, index) => {
    checkPart(part, role === 'model', `${where}.parts[${index}]`);
    const { thoughtSignature } = part;
    if (thoughtSignature !== undefined && !signatures.isAcceptable(thoughtSignature))
      refuse('Corrupted thought signature.');
  });
}

const DATA = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse', 'executableCode'] as const;

function checkPart(part: Part, isModel: boolean, where: string): void {
  const kinds = DATA.filter((kind) => part[kind] !== undefined);
  // The real one takes an empty text from a model, which is where signatures of nothing stand.
  const isEmpty = part.text === '' && !isModel;
  if ((kinds.length === 0 && part.codeExecutionResult === undefined) || isEmpty)
    refuse(`* ${where}.data: required oneof field 'data' must have one initialized field\n`);
  if (kinds.length > 1) refuse(`Invalid value at '${where}' (oneof), oneof field 'data' is already set.`);
  if (part.functionCall && !isModel) refuse('Function call is only allowed in a turn of the model.');
  if (part.functionResponse && isModel) refuse('Function response is not allowed in a turn of the model.');
  if (part.functionCall && !part.functionCall.name) refuse(`* ${where}.function_call.name: Name cannot be empty.\n`);
  if (part.functionResponse) checkResponse(part.functionResponse, where);
  if (part.inlineData) checkMedia(part.inlineData, where);
}

function checkResponse({ name, response, parts = [] }: NonNullable<Part['functionResponse']>, where: string): void {
  if (!name) refuse(`* ${where}.function_response.name: Name cannot be empty.\n`);
  if (!response) refuse(`* ${where}.function_response.response: response is not specified\n`);
  for (const { inlineData } of parts) if (inlineData) checkMedia(inlineData, `${where}.function_response`);
}

function checkMedia({ mimeType, data }: NonNullable<Part['inlineData']>, where: string): void {
  if (!mimeType) refuse(`* ${where}.inline_data.mime_type: mime_type is not specified\n`);
  if (!MEDIA.some((pattern) => pattern.test(mimeType))) refuse(`Unsupported MIME type: ${mimeType}`);
  if (!data) refuse(`* ${where}.inline_data.data: data is not specified\n`);
}

const calls = (content: Content | undefined) =>
  (content?.parts ?? []).flatMap(({ functionCall }) => functionCall ?? []);
const results = (content: Content | undefined) =>
  (content?.parts ?? []).flatMap(({ functionResponse }) => functionResponse ?? []);

/** Neighbours of one role are fine, as the reference applications send them; calls and results must stand side by side. */
function checkTurns(contents: readonly Content[]): void {
  contents.forEach((content, index) => {
    const before = contents[index - 1];
    if (calls(content).length > 0 && (!before || before.role === 'model'))
      refuse(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      );
    if (results(content).length > 0) checkAnswer(content, before);
    else if (calls(before).length > 0) refuse(COUNTS);
  });
  if (contents.at(-1)!.role === 'model')
    refuse(
      contents.length === 1
        ? 'Please ensure that single turn requests end with a user role or the role field is empty.'
        : 'Please ensure that multiturn requests end with a user role or a function response.',
    );
}

const COUNTS =
  'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';

function checkAnswer(content: Content, before: Content | undefined): void {
  const asked = calls(before);
  const given = results(content);
  if (asked.length === 0)
    refuse('Please ensure that function response turn comes immediately after a function call turn.');
  if (asked.length !== given.length) refuse(COUNTS);
  const ids = given.flatMap(({ id }) => id ?? []);
  const isById = ids.length > 0 && asked.some(({ id }) => id !== undefined);
  given.forEach(({ id, name }, index) => {
    const call = isById ? asked.find((each) => each.id === id) : asked[index];
    if (!call) refuse(`Please ensure that the function response id "${id}" matches the id of a function call.`);
    if (call.name !== name)
      refuse(`Please ensure that the function response "${name}" matches the function call "${call.name}".`);
  });
  if (isById && new Set(ids).size < given.length) refuse('Please ensure that function response ids are unique.');
}

/** From version 3 on, the first call of each step since a person last spoke must carry its signature. */
function checkSigned(contents: readonly Content[]): void {
  const spoken = contents.findLastIndex((content) => content.role !== 'model' && results(content).length === 0);
  contents.forEach(({ parts = [] }, index) => {
    if (index < spoken) return;
    const first = parts.find(({ functionCall }) => functionCall);
    if (!first || first.thoughtSignature !== undefined) return;
    refuse(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${first.functionCall!.name}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
    );
  });
}
