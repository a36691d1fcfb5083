/** A row of `recipes` as devices get it. */
export interface SyncedRecipe {
  id: string;
  name: string;
  version: number;
  created_by: string | null;
  updated_at: string;
  recipe_data: Record<string, unknown>;
}

/** An answer of `GET /recipes/sync`. */
export interface SyncPage {
  recipes: SyncedRecipe[];
  deleted_ids: string[];
  server_timestamp: string;
  has_more: boolean;
  reset: boolean;
}

/** Syncs until there is no more; the pages as they came. Throws what is no page. */
export async function syncFrom({ url }: { url: string }, token: string, since?: string): Promise<SyncPage[]> {
  const pages: SyncPage[] = [];
  let from = since;
  do {
    const response = await fetch(
      `${url}/recipes/sync${from === undefined ? '' : `?since=${encodeURIComponent(from)}`}`,
      { headers: { authorization: `Bearer ${token}` } },
    );
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    const page = (await response.json()) as SyncPage;
    pages.push(page);
    from = page.server_timestamp;
  } while (pages.at(-1)?.has_more);
  return pages;
}
