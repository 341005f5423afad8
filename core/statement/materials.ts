import * as z from "zod";
import type { Inventory } from "../inventory.ts";
import { Repository } from "../inventory/found/repository.ts";
import type { Asset } from "../job.ts";
import type { Ancestor } from "../origin.ts";
import { withoutSecrets } from "../shown-url.ts";
import type { Facts } from "./facts.ts";
import type { OriginProof } from "./origin-proof.ts";
import { type ResourceDescriptor, sha256Of } from "./statement.ts";

/** What went into an image, each with the digest that is known of it. */
export const materialsOf = (facts: Facts): ResourceDescriptor[] => {
  const { image, origin, recipe, bundle, tools, inventory } = facts;
  const [ancestor] = image.lineage;
  return [
    ...(ancestor === undefined ? [] : originOf(ancestor, origin)),
    ...bundle,
    ...recipe.assets.flatMap(assetOf),
    ...repositoriesOf(inventory),
    ...listsOf(inventory),
    ...tools,
  ];
};

/** Of one that is ours, the digests that its own statement gives it. */
const originOf = (ancestor: Ancestor, proof: OriginProof | undefined): ResourceDescriptor[] => {
  switch (ancestor.kind) {
    case "scratch": {
      const { distribution, suite } = ancestor;
      const name = `${distribution} ${suite}`;
      return [{ name, uri: `ovenbird:scratch/${distribution}/${suite}` }];
    }
    case "image":
      return ownImage(ancestor.imageId, proof);
    case "stock": {
      const { kind: _, imageId, ...annotations } = ancestor;
      return [{ name: imageId, uri: imageUri(imageId), annotations }];
    }
    case "file": {
      const { file, digest, format } = ancestor;
      return [{ name: file, digest: sha256Of(digest), annotations: { format } }];
    }
  }
};

/** How a statement names an image of ours, or of EC2. */
export const imageUri = (imageId: string): string => `ovenbird:image/${imageId}`;

const ownImage = (imageId: string, proof: OriginProof | undefined): ResourceDescriptor[] => {
  const uri = imageUri(imageId);
  const signed = proof?.signed;
  if (signed === undefined) return [{ name: imageId, uri, annotations: { signed: false } }];
  const { statement, keyId, subject } = signed;
  const annotations = { signed: true, statement, keyId };
  return subject.map(({ name, digest }) => ({ name, uri, digest, annotations }));
};

/** Those of the bundle are among its files. */
const assetOf = (asset: Asset): ResourceDescriptor[] =>
  "url" in asset
    ? [{ name: asset.name, uri: withoutSecrets(asset.url), digest: sha256Of(asset.checksum) }]
    : [];

const Sources = z.object({ repositories: z.array(Repository).optional() });

/** Of what the package managers are told. */
const repositoriesOf = (inventory: Inventory): ResourceDescriptor[] => {
  const { repositories = [] } = Sources.parse({ ...inventory });
  const enabled = repositories.filter((one) => one.enabled);
  return enabled.flatMap(({ kind, urls, name, signatures, keys }) =>
    urls.map((url) => ({
      ...{ name: `${kind} ${name}`, uri: withoutSecrets(url) },
      annotations: { signatures, keys },
    })),
  );
};

/**
 * Lists of packages that the image's apt had when they were installed, each with the key that signed
 * the Release in which its digest stands; in the order of their names.
 */
const listsOf = ({ lists = [] }: Inventory): ResourceDescriptor[] =>
  lists.map(listOf).toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));

type List = NonNullable<Inventory["lists"]>[number];

const listOf = ({ repository, sha256, signer, because, packages }: List): ResourceDescriptor => {
  const [url = "", ...rest] = repository.split(" ");
  return {
    ...{ name: `dpkg list ${rest.join(" ")}`.trim(), uri: withoutSecrets(url) },
    ...(sha256 !== undefined && { digest: { sha256 } }),
    annotations: { packages, ...(signer && { signer }), ...(because && { because }) },
  };
};

const keyOf = ({ uri, name, digest }: ResourceDescriptor): string =>
  `${uri} ${name} ${digest?.["sha256"]}`;
