/** A recipe among others that are baked with it. */
export interface Member {
  /** The recipe's name, which is its image's. */
  name: string;
  /** The recipe whose image it starts from. */
  parent?: string;
}

/** Recipes that start from each other in a circle, or several of one name. */
export class FamilyProblem extends Error {
  static {
    this.prototype.name = "FamilyProblem";
  }
}

/** The members in an order in which each comes after its parent. Throws FamilyProblem. */
export const parentsFirst = <M extends Member>(members: readonly M[]): M[] => {
  const byName = new Map(members.map((member) => [member.name, member]));
  const twice = members.find((member) => byName.get(member.name) !== member);
  if (twice !== undefined) throw new FamilyProblem(`two recipes make an image ${twice.name}`);
  const ordered = new Set<M>();
  for (const member of members) {
    for (const one of withAncestors(member, byName).toReversed()) ordered.add(one);
  }
  return [...ordered];
};

/** The member, its parent, that one's parent: those that are here. */
const withAncestors = <M extends Member>(member: M, byName: ReadonlyMap<string, M>): M[] => {
  const line: M[] = [];
  for (let at: M | undefined = member; at; at = at.parent ? byName.get(at.parent) : undefined) {
    if (line.includes(at)) throw new FamilyProblem(circle([...line, at].map(({ name }) => name)));
    line.push(at);
  }
  return line;
};

const circle = (names: readonly string[]): string =>
  `the recipes start from each other: ${names.join(" from ")}`;
