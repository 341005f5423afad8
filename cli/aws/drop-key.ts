import { UsageError } from "../errors.ts";

/** The key under which a file is dropped: below the prefix, or at the top of the bucket. */
export const dropKey = (file: string, prefix: string | undefined): string => {
  if (prefix === undefined) return file;
  const name = prefix.replace(/\/+$/, "");
  const hint = "it is the first folder of the key, as in --prefix team-a";
  if (!/^[^/.\p{Cc}][^/\p{Cc}]*$/u.test(name)) {
    throw new UsageError(`${JSON.stringify(prefix)} is no prefix`, hint);
  }
  if (name === "policies") throw new UsageError("below policies/ are policies, and no drops", hint);
  return `${name}/${file}`;
};
