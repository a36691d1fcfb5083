import { expect } from 'vitest';
import type { SyncedRecipe, SyncPage } from '../_util/sync.js';

/** A device's copy of the catalogue, which does with each page what a device must. */
export class Copy {
  readonly recipes = new Map<string, SyncedRecipe>();
  since: string | null = null;
  resets = 0;

  /** Takes a page in, and checks what every page promises. */
  apply(page: SyncPage): void {
    if (page.reset) {
      this.recipes.clear();
      this.resets += 1;
    }
    const ids = [...page.recipes.map(({ id }) => id), ...page.deleted_ids];
    expect(new Set(ids).size, 'no id twice in a page').toBe(ids.length);
    const stamps = page.recipes.map(({ updated_at }) => updated_at);
    expect(stamps).toEqual([...new Set(stamps)].sort());
    for (const stamp of stamps) {
      expect(stamp <= page.server_timestamp).toBe(true);
      if (this.since !== null && !page.reset) expect(stamp > this.since).toBe(true);
    }
    for (const recipe of page.recipes) {
      expect(recipe).toMatchObject({ is_published: true });
      this.recipes.set(recipe.id, recipe);
    }
    for (const id of page.deleted_ids) this.recipes.delete(id);
    this.since = page.server_timestamp;
  }
}
