/** Plurals and spellings that the rules below would miss. */
const spellings = new Map([
  ['leaves', 'leaf'],
  ['loaves', 'loaf'],
  ['halves', 'half'],
  ['cookies', 'cookie'],
  ['brownies', 'brownie'],
  ['chile', 'chili'],
  ['chiles', 'chili'],
  ['chilies', 'chili'],
  ['chilli', 'chili'],
  ['chillies', 'chili'],
  ['chillis', 'chili'],
  ['yoghurt', 'yogurt'],
  ['yoghurts', 'yogurt'],
  ['gelatine', 'gelatin'],
  ['soya', 'soy'],
]);

function singular(word: string): string {
  const known = spellings.get(word);
  if (known !== undefined) return known;
  if (word.length < 4 || /(ss|us|is)$/.test(word)) return word; // swiss, hummus
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(o|sh|ch|x|ss)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

/**
 * The words of a name in the one form in which names are compared: lower case, singular, without accents.
 * `Crème Fraîche`, `creme-fraiche` and `creme_fraiche` are the same; `tomatoes` is `tomato`.
 */
export function wordsOf(text: string): string[] {
  return text
    .normalize('NFD')
    .replace(/\p{M}|['’]/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map(singular);
}

/** True when `phrase` stands in `words` as whole words in a row. */
export function holdsPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  return phrase.length > 0 && ` ${words.join(' ')} `.includes(` ${phrase.join(' ')} `);
}
