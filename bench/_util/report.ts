import { cpus } from 'node:os';
import type { Figure, Result } from './bench.js';
import type { BenchDatabase } from './database.js';

export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** What the numbers depend on. */
export async function printMachine(database: BenchDatabase): Promise<void> {
  const [cpu] = cpus();
  print(
    `${cpus().length} cores (${cpu?.model.trim()}), Node.js ${process.version}, PostgreSQL ${database.serverVersion}`,
  );
  const settings = Object.entries(await database.settings()).map(([name, value]) => `${name}=${value}`);
  print(settings.join(' '));
}

export function printResult(figure: Figure, result: Result): void {
  print(`\n${figure.name}: ${figure.title}\n`);
  printTable(result.columns, result.rows);
  print();
  for (const note of result.notes ?? []) print(note);
  if (result.rows.flat().some((cell) => String(cell).endsWith('!'))) {
    print('! More than 70 % of the machine was in use: these verdicts say little.');
  }
  for (const { what, value, bar, isReached } of result.verdicts) {
    print(`${isReached ? 'reached' : 'MISSED '}  ${what}: ${value} (bar ${bar})`);
  }
}

/** One line a verdict, over all figures of a run. */
export function printSummary(results: readonly { figure: Figure; result: Result }[]): void {
  print('\nAll figures, medians of the rounds\n');
  printTable(
    ['figure', 'what', 'value', 'bar', ''],
    results.flatMap(({ figure, result }) =>
      result.verdicts.map(({ what, value, bar, isReached }) => [
        figure.name,
        what,
        value,
        bar,
        isReached ? 'reached' : 'MISSED',
      ]),
    ),
  );
}

/** Numbers to the right, texts to the left. */
function printTable(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...rows.map((row) => String(row[i] ?? '').length)),
  );
  const line = (cells: readonly (string | number)[], isNumber: (i: number) => boolean) =>
    cells
      .map((cell, i) => {
        const width = widths[i] ?? 0;
        return isNumber(i) ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('   ')
      .trimEnd();
  const isNumber = (i: number) => rows.every((row) => /^[\d.,+-]+( .{1,2})?$/.test(String(row[i])));
  print(line(columns, isNumber));
  print(widths.map((width) => '-'.repeat(width)).join('   '));
  for (const row of rows) print(line(row, isNumber));
}

/** A share as `41 %`; more than 70 % of the machine makes a measurement worthless. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %${share > 0.7 ? '!' : ''}`;
}
