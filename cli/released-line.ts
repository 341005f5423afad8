/** A sentence about what a sweep released. */
export const releasedLine = ({ bake, released }: { bake: string; released: string[] }): string =>
  `released what ${bake} left: ${released.length === 0 ? "its folder" : released.join(", ")}`;
