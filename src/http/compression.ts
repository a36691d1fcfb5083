import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Shorter bodies are sent as they are: the headers alone are as long. */
const LEAST_BYTES = 1024;
/** Brotli's default of 11 is for files that are compressed once and served for years. */
const BROTLI_QUALITY = 4;

const compressors = {
  br: (body: Buffer) =>
    promisify(brotliCompress)(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
  gzip: (body: Buffer) => promisify(gzip)(body),
};

type Encoding = keyof typeof compressors;

/** The body as the client likes it best, by its `Accept-Encoding`, and the `Content-Encoding` to name, if any. */
export async function compress(
  body: Buffer,
  acceptEncoding: string | undefined,
): Promise<{ body: Buffer; encoding: Encoding | undefined }> {
  const encoding = body.length < LEAST_BYTES ? undefined : preferredEncoding(acceptEncoding);
  return { body: encoding ? await compressors[encoding](body) : body, encoding };
}

/** The coding of ours with the highest weight; br of two alike, none where the client names neither of them. */
function preferredEncoding(acceptEncoding = ''): Encoding | undefined {
  const weights = new Map(
    acceptEncoding.split(',').map((part) => {
      const [coding = '', ...parameters] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/);
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [coding === 'x-gzip' ? 'gzip' : coding, weight === undefined ? 1 : Number(weight) || 0] as const;
    }),
  );
  const weightOf = (coding: Encoding) => weights.get(coding) ?? weights.get('*') ?? 0;
  const [best, other] =
    weightOf('br') >= weightOf('gzip') ? (['br', 'gzip'] as const) : (['gzip', 'br'] as const);
  return [best, other].find((coding) => weightOf(coding) > 0);
}
