import type { Ancestor, UncopiedStock } from "../core/origin.ts";

/** An ancestor of an image, for people. */
export const ancestorText = (ancestor: Ancestor | UncopiedStock): string => {
  switch (ancestor.kind) {
    case "scratch":
      return `${ancestor.distribution} ${ancestor.suite}, from scratch`;
    case "image":
      return `${ancestor.name}  ${ancestor.imageId}`;
    case "stock":
      return `${ancestor.name}  ${ancestor.imageId} of ${ancestor.owner}${deprecation(ancestor)}`;
    case "file":
      return `${ancestor.file}  ${ancestor.digest}`;
  }
};

const deprecation = ({ deprecated }: { deprecated?: string | undefined }): string =>
  deprecated === undefined ? "" : `, deprecated since ${deprecated.slice(0, 10)}`;
