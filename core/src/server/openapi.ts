import { type TSchema, Type } from 'typebox';
import type { Route } from './route.js';

const errorBody = Type.Object({
  error: Type.Object({ code: Type.String(), message: Type.String(), correlation_id: Type.String() }),
});

/** The REST interface as an OpenAPI 3.1 document, made from the schemas that validate. */
export function openapi(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'The Maestro', version, description: 'Times are ISO 8601 in UTC, money decimal strings in USD.' },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: errorBody },
      responses: {
        Error: { description: 'What went wrong and what to do', content: json({ $ref: '#/components/schemas/Error' }) },
      },
    },
  };
}

function operation(route: Route): Record<string, unknown> {
  return {
    operationId: operationId(route),
    summary: route.summary,
    ...(route.isOpen && { security: [] }),
    parameters: [...pathParameters(route), ...queryParameters(route.querySchema)],
    ...requestBody(route),
    responses: {
      [route.status]: { description: 'Done' },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

/** `GET /sessions/:id/calls` becomes `get_sessions_id_calls`. */
function operationId({ method, path }: Route): string {
  return `${method.toLowerCase()}${path.replace(/[/.:-]+/g, '_')}`;
}

function pathParameters({ path }: Route): Record<string, unknown>[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(schema: TSchema): Record<string, unknown>[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, TSchema>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function requestBody({ body, bodySchema }: Route): Record<string, unknown> {
  if (body === 'bytes') return { requestBody: { required: true, content: { 'application/octet-stream': {} } } };
  return bodySchema ? { requestBody: { content: json(bodySchema) } } : {};
}

function json(schema: unknown): Record<string, unknown> {
  return { 'application/json': { schema } };
}
