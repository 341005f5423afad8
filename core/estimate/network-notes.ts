import type { ResolvedRecipe } from "../job.ts";
import { prices } from "../prices.ts";

export interface NetworkOrder {
  mode: "public" | "nat" | "endpoints";
  recipe: ResolvedRecipe;
  /** The origin's name, where it has one. */
  originName: string | undefined;
}

/** What a stage's network means for a recipe. */
export const networkNotes = (order: NetworkOrder): string[] => {
  if (order.mode === "public") return [];
  if (order.mode === "nat") {
    return [
      `what builders load goes through the NAT gateway: $${prices.natGb} a GB, beside $${prices.natHour} an hour of the stage's`,
    ];
  }
  const wanted = wantedOf(order);
  return [
    "builders reach AWS's endpoints and the repositories of Amazon Linux, and nothing else",
    ...wanted.map((what) => `needs a mirror within the network: ${what}`),
  ];
};

/** Names of Amazon's own images of Amazon Linux 2023 and 2. */
const amazonLinux = /^(?:al2023|amzn2)-ami-/;

const wantedOf = ({ recipe, originName = "" }: NetworkOrder): string[] => {
  const { origin, assets, steps } = recipe;
  const running = steps.filter(({ skipped }) => skipped === undefined);
  const hasRepositories = amazonLinux.test(originName);
  return [
    ...(origin.kind === "scratch" ? [archiveOf(origin)] : []),
    ...running.flatMap(({ kind, name }) => {
      if (kind === "packages" && !hasRepositories) return [`packages of the step ${name}`];
      if (kind === "ansible") return [`Ansible, and what the step ${name} loads`];
      return kind === "shell" ? [`what the step ${name} loads, if it loads anything`] : [];
    }),
    ...assets.flatMap((asset) => ("url" in asset ? [`the asset ${asset.name}, ${asset.url}`] : [])),
  ];
};

const archiveOf = (origin: Extract<ResolvedRecipe["origin"], { kind: "scratch" }>): string =>
  origin.mirror === undefined
    ? `the archive of ${origin.distribution}, named as the origin's mirror`
    : `the origin's, ${origin.mirror}, has to be one`;
