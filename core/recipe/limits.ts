/** The longest recipe that is read; longer ones are refused before anything looks into them. */
export const MAX_RECIPE_BYTES = 2 ** 20;

/** The sentence about a file that is longer. */
export const tooLarge = (bytes: number) => ({
  message: `the file is ${bytes} bytes long`,
  hint: `a recipe is at most ${MAX_RECIPE_BYTES} bytes (1 MiB): name large files by source`,
});

/** The deepest nesting: the parser recurses, and a recipe needs eight levels. */
export const MAX_DEPTH = 64;

/** What aliases, or parameters filled in, may add up to, in characters. */
export const MAX_EXPANSION = MAX_RECIPE_BYTES;
