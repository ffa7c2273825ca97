import { refuse } from './errors.js';
import { isObject } from './proto.js';
import type { FunctionDeclaration, GenerateBody, Schema } from './shape.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/;
const NAME_RULE =
  'Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.';

/** What the API holds the tools of a request to. */
export function checkTools({ tools = [], toolConfig }: GenerateBody): void {
  const names = new Set<string>();
  if (tools.some(({ googleSearch }) => googleSearch) && tools.some((tool) => tool.functionDeclarations?.length))
    refuse('Tool use with function calling is unsupported');
  tools.forEach((tool, index) => {
    tool.functionDeclarations?.forEach((declaration, at) => {
      const where = `GenerateContentRequest.tools[${index}].function_declarations[${at}]`;
      checkDeclaration(declaration, where);
      if (names.has(declaration.name!)) refuse(`Duplicate function declaration found: ${declaration.name}`);
      names.add(declaration.name!);
    });
  });
  const { mode, allowedFunctionNames } = toolConfig?.functionCallingConfig ?? {};
  if (allowedFunctionNames && mode !== 'ANY' && mode !== 'VALIDATED')
    refuse('Function calling config is set without mode ANY while allowed_function_names is set.');
  const unknown = allowedFunctionNames?.find((name) => !names.has(name));
  if (unknown) refuse(`allowed_function_names should be a subset of the declared functions: ${unknown}`);
}

function checkDeclaration({ name, parameters, parametersJsonSchema }: FunctionDeclaration, where: string): void {
  if (!NAME.test(name ?? '')) refuse(`* ${where}.name: [FIELD_INVALID] ${NAME_RULE}\n`);
  if (parameters && parametersJsonSchema !== undefined)
    refuse(`* ${where}: only one of parameters and parameters_json_schema can be set.\n`);
  if (parametersJsonSchema !== undefined && !isObject(parametersJsonSchema))
    refuse(`* ${where}.parameters_json_schema: must be a JSON schema of an object\n`);
  if (!parameters) return;
  if (parameters.type !== 'OBJECT') refuse(`* ${where}.parameters: schema should be of type OBJECT\n`);
  checkSchema(parameters, `${where}.parameters`);
}

/** The API's own subset of OpenAPI schemas; names it does not know were refused when the body was read. */
function checkSchema(schema: Schema, where: string): void {
  const { type, properties, required, items } = schema;
  if (schema.enum && type !== 'STRING') refuse(`* ${where}.enum: only allowed for STRING type\n`);
  if (type === 'ARRAY' && !items) refuse(`* ${where}.items: missing field.\n`);
  if (type !== 'ARRAY' && items) refuse(`* ${where}.items: only allowed for ARRAY type\n`);
  if (type === 'OBJECT' && properties && Object.keys(properties).length === 0)
    refuse(`* ${where}.properties: should be non-empty for OBJECT type\n`);
  required?.forEach((name, index) => {
    if (!Object.hasOwn(properties ?? {}, name)) refuse(`* ${where}.required[${index}]: property is not defined\n`);
  });
  if (items) checkSchema(items, `${where}.items`);
  for (const [name, each] of Object.entries(properties ?? {})) checkSchema(each, `${where}.properties[${name}]`);
  schema.anyOf?.forEach((each, index) => {
    checkSchema(each, `${where}.any_of[${index}]`);
  });
}
