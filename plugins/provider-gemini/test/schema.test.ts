import { expect } from 'chai';
import { Type } from 'typebox';
import { jsonSchema, openApiSchema } from '../src/schema.js';

describe('the parameters of a tool', () => {
  it('pass as they are where the API understands them', () => {
    const schema = Type.Object({
      path: Type.String({ description: 'Where' }),
      lines: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 3 })),
    });
    expect(jsonSchema(schema)).to.deep.equal({
      type: 'object',
      required: ['path'],
      properties: {
        path: { type: 'string', description: 'Where' },
        lines: { type: 'array', maxItems: 3, items: { type: 'integer', minimum: 1 } },
      },
    });
  });

  it('lose what it refuses, and keep what that meant as far as there is a word for it', () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: { path: { type: 'string', pattern: '^/' } },
      allOf: [
        { properties: { a: { $ref: '#/definitions/path' } }, required: ['a'] },
        { properties: { b: { const: 'x' }, pattern: { type: 'string', default: 'y', minLength: 1 } }, required: ['b'] },
      ],
      not: {},
    };
    expect(jsonSchema(schema)).to.deep.equal({
      type: 'object',
      $defs: { path: { type: 'string' } },
      properties: { a: { $ref: '#/$defs/path' }, b: { enum: ['x'] }, pattern: { type: 'string' } },
      required: ['a', 'b'],
    });
  });

  it('are an object whatever a tool says', () => {
    for (const strange of [undefined, null, true, 'text', [], {}])
      expect(jsonSchema(strange)).to.deep.equal({ type: 'object' });
  });

  it('become the older form for who speaks it', () => {
    const schema = {
      type: 'object',
      additionalProperties: false,
      properties: {
        name: { type: ['string', 'null'], format: 'uri' },
        size: { enum: [1, 2], type: 'integer' },
        kind: { enum: ['a', 'b'], type: 'string' },
        list: { type: 'array' },
        any: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'number' } }] },
      },
      required: ['name'],
    };
    expect(openApiSchema(schema)).to.deep.equal({
      type: 'OBJECT',
      properties: {
        name: { type: 'STRING', nullable: true },
        size: { type: 'INTEGER' },
        kind: { type: 'STRING', enum: ['a', 'b'] },
        list: { type: 'ARRAY', items: { type: 'STRING' } },
        any: { anyOf: [{ type: 'STRING' }, { type: 'ARRAY', items: { type: 'NUMBER' } }] },
      },
      required: ['name'],
    });
    expect(openApiSchema({ type: 'object', properties: {} })).to.equal(undefined);
  });
});
