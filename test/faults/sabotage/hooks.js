/** @type {{ url: string, find: string, replace: string }} */
let sabotage;

/** @type {import('node:module').InitializeHook<typeof sabotage>} */
export async function initialize(data) {
  sabotage = data;
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (url !== sabotage.url) return loaded;
  const source = String(loaded.source);
  if (!source.includes(sabotage.find)) throw new Error(`Sabotage: ${url} does not hold: ${sabotage.find}`);
  return { ...loaded, source: source.replace(sabotage.find, () => sabotage.replace) };
}
