import { format } from './examples.js';

/**
 * The way of a recipe over the desk, from the draft to its end: tabs of `desk.js`.
 *
 * @type {{ query: string, variables?: string }[]}
 */
export const recipeDesk = [
  {
    query: `# A new recipe, as a draft: nobody else sees it
# yet.
# A rule that it breaks is named by its path.
mutation CreateRecipe($input: CreateRecipeInput!) {
  createRecipe(input: $input) {
    recipe {
      id
      version
      name
      isPublished
    }
  }
}
`,
    variables: format({
      input: {
        name: 'Lemon Rice with Peanuts',
        category: 'rice',
        cuisine: 'indian',
        tags: ['vegan', 'quick'],
        difficulty: 'EASY',
        timeMinutes: 25,
        servings: 4,
        nutrition: { calories: 320, proteinGrams: 7, carbsGrams: 52, fatsGrams: 9 },
        recipeData: {
          stages: [
            {
              name: 'Heat Oil',
              temp_target: 175,
              duration_seconds: 120,
              cv_check: 'oil_shimmer',
              ingredients: [{ subsystem: 'SLD', channel: 'OIL', name: 'sunflower_oil', amount_g: 25 }],
            },
            {
              name: 'Roast Peanuts',
              temp_target: 160,
              duration_seconds: 150,
              stir: true,
              stir_pattern: 'continuous',
              ingredients: [
                { subsystem: 'CID', id: 1, name: 'peanuts', mode: 'FULL' },
                { subsystem: 'ASD', id: 1, name: 'turmeric', amount_g: 3 },
              ],
            },
            {
              name: 'Steam Rice',
              temp_target: 98,
              duration_seconds: 1080,
              ingredients: [
                { subsystem: 'CID', id: 2, name: 'basmati_rice', mode: 'FULL' },
                { subsystem: 'SLD', channel: 'WATER', name: 'water', amount_g: 600 },
              ],
            },
          ],
        },
      },
    }),
  },
  {
    query: `# What is absent stays as it is.
# While recipeId is empty, the page takes the
# recipe that it wrote or read last, and for
# version 0 the version that it saw of it. For
# another recipe, write both. If somebody else
# has changed it since that version, the answer
# is a CONFLICT; RecipeHistory reads it again.
mutation EditRecipe($input: UpdateRecipeInput!) {
  updateRecipe(input: $input) {
    recipe {
      id
      version
      name
      timeMinutes
      tags
    }
  }
}
`,
    variables: format({
      input: { recipeId: '', version: 0, timeMinutes: 30, tags: ['vegan', 'quick', 'gluten-free'] },
    }),
  },
  {
    query: `# Shows it to everybody; devices get it with
# their next sync.
# While recipeId is empty, the page takes the
# recipe that it wrote or read last.
mutation PublishRecipe($input: RecipeIdInput!) {
  publishRecipe(input: $input) {
    recipe {
      id
      version
      name
      isPublished
    }
  }
}
`,
    variables: format({ input: { recipeId: '' } }),
  },
  {
    query: `# Who changed a recipe, when and what; below,
# the last changes of the catalogue.
# While recipeId is empty, the page takes the
# recipe that it wrote or read last.
query RecipeHistory($recipeId: ID!) {
  recipe(id: $recipeId) {
    id
    version
    name
    history(first: 20) {
      edges {
        node {
          ...Edit
          before
          after
        }
      }
    }
  }
  recipeEdits(first: 20) {
    totalCount
    edges {
      node {
        recipeId
        ...Edit
      }
    }
  }
}

fragment Edit on RecipeEdit {
  action
  editedAt
  version
  editor {
    name
    email
  }
}
`,
    variables: format({ recipeId: '' }),
  },
  {
    query: `# Back to the drafts; devices remove it with
# their next sync.
# While recipeId is empty, the page takes the
# recipe that it wrote or read last.
mutation UnpublishRecipe($input: RecipeIdInput!) {
  unpublishRecipe(input: $input) {
    recipe {
      id
      version
      name
      isPublished
    }
  }
}
`,
    variables: format({ input: { recipeId: '' } }),
  },
  {
    query: `# Gone for good; cooks of it keep its name, and
# its history stays.
# While recipeId is empty, the page takes the
# recipe that it wrote or read last.
mutation DeleteRecipe($input: RecipeIdInput!) {
  deleteRecipe(input: $input) {
    deletedId
  }
}
`,
    variables: format({ input: { recipeId: '' } }),
  },
];
