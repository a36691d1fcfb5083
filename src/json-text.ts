import { randomBytes } from 'node:crypto';

/** Stands in a text for one that is put there afterwards; nobody can guess it, so no value holds it. */
const PLACE = `json-text-${randomBytes(16).toString('hex')}`;

/** What stands where `PLACE` does, in order; null while nobody puts it there. */
let places: string[] | null = null;

/** A JSON value as the database wrote it, on its way to an answer that nobody has to parse it for. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** For every other way into an answer: the value. */
  toJSON(): unknown {
    if (!places) return JSON.parse(this.text);
    places.push(this.text);
    return PLACE;
  }
}

/** `JSON.stringify`, with the texts of `JsonText` as they are. */
export function stringify(value: unknown): string {
  places = [];
  try {
    const text = JSON.stringify(value);
    if (places.length === 0) return text;
    const [first = '', ...rest] = text.split(`"${PLACE}"`);
    let spliced = first;
    for (let i = 0; i < rest.length; i++) spliced += (places[i] as string) + rest[i];
    return spliced;
  } finally {
    places = null;
  }
}
