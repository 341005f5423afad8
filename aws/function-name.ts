/**
 * The name of a stage's function: by it, who is told the stage knows its functions too, as they
 * know the state machine (aws/bake-machine.ts). `ReadRecipe` is the bundle `read-recipe`. At most
 * 64 characters, Lambda's limit.
 */
export const functionName = (stage: string, name: string): string =>
  `ovenbird-${stage}-${kebab(name)}`;

/** `ReadRecipe` is in `handlers/read-recipe.ts`. */
export const kebab = (name: string): string =>
  name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
