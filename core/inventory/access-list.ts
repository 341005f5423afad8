import type { Buffer } from "node:buffer";

/** Whom an entry of an access list is for: a user or a group by number, or all others. */
export type AccessEntry = { who: "user" | "group"; id: number; write: boolean } | Others;
interface Others {
  who: "others";
  write: boolean;
}

/** include/uapi/linux/posix_acl_xattr.h: the version, then of each entry tag, rights and number. */
const [version, header, each] = [2, 4, 8];

/** include/uapi/linux/posix_acl.h. */
const tags = { owner: 0x01, user: 0x02, owningGroup: 0x04, group: 0x08, mask: 0x10, others: 0x20 };
const known = new Set(Object.values(tags));

/** Rights are as in a mode: read 4, write 2, execute 1. */
const [mostRights, write] = [7, 2];

/**
 * Whom a value of `system.posix_acl_access`, or of `_default`, names, with what the mask leaves
 * them; not the owner and the owning group, whom a mode tells as well. Undefined for what is no
 * access list.
 */
export const accessEntries = (value: Buffer): AccessEntry[] | undefined => {
  if (value.length < header || (value.length - header) % each !== 0) return undefined;
  if (value.readUInt32LE(0) !== version) return undefined;
  const entries = Array.from({ length: (value.length - header) / each }, (_, index) => {
    const at = header + index * each;
    const [tag, rights] = [value.readUInt16LE(at), value.readUInt16LE(at + 2)];
    return { tag, rights, id: value.readUInt32LE(at + 4) };
  });
  if (entries.some(({ tag, rights }) => !known.has(tag) || rights > mostRights)) return undefined;
  const mask = entries.find(({ tag }) => tag === tags.mask)?.rights ?? mostRights;
  return entries.flatMap(({ tag, rights, id }): AccessEntry[] => {
    const masked = (rights & mask & write) !== 0;
    if (tag === tags.user) return [{ who: "user", id, write: masked }];
    if (tag === tags.group) return [{ who: "group", id, write: masked }];
    return tag === tags.others ? [{ who: "others", write: (rights & write) !== 0 }] : [];
  });
};
