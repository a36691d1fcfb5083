import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonText, stringify } from '../src/json-text.js';

describe('a JSON text', () => {
  const texts = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(texts);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, new JsonText(JSON.stringify(inner))]),
    );
  };

  it('stands in an answer as it is, wherever it is in it', () => {
    expect(stringify({ a: [new JsonText('{"b": 1.50}'), 2], c: new JsonText('"$&"') })).toBe(
      '{"a":[{"b": 1.50},2],"c":"$&"}',
    );
  });

  it('makes the answer that its value would', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(stringify({ data: texts(value) }))).toEqual(
          JSON.parse(JSON.stringify({ data: value })),
        );
      }),
    );
  });

  it('is its value for everybody else, also after an answer that could not be written', () => {
    const circle: Record<string, unknown> = { text: new JsonText('[1]') };
    circle.itself = circle;
    expect(() => stringify(circle)).toThrow(TypeError);
    expect(JSON.stringify({ text: new JsonText('{"a": [1, null]}') })).toBe('{"text":{"a":[1,null]}}');
  });
});
