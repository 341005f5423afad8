import { createHash } from "node:crypto";
import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import { page } from "./world.ts";

type Operations = Record<string, (input: never) => object | Promise<object>>;

const unfulfilled = () =>
  serviceError("PreconditionFailed", "At least one of the pre-conditions did not hold", 412);

/** As S3 has it of what is not encrypted by KMS: the same bytes have the same. */
const tagOf = (body: Uint8Array): string => `"${createHash("md5").update(body).digest("hex")}"`;

/** S3: objects of all buckets, by `bucket/key`. */
export const openStore = (clock: Clock) => {
  const objects = new Map<string, { body: Uint8Array; at: number }>();
  const versions = new Map<string, { body: Uint8Array; at: number }>();
  let written = 0;
  const findVersion = (bucket = "", key = "", versionId = "") => {
    const found = versions.get(`${bucket}/${key}?${versionId}`);
    if (found === undefined) throw serviceError("NoSuchVersion", "It does not exist.", 404);
    return found;
  };
  const find = (bucket = "", key = "") => {
    const found = objects.get(`${bucket}/${key}`);
    if (found === undefined)
      throw serviceError("NoSuchKey", "The specified key does not exist.", 404);
    return found;
  };
  const operations = {
    PutObject(input: {
      Bucket?: string;
      Key?: string;
      Body?: string | Uint8Array;
      IfNoneMatch?: string;
      IfMatch?: string;
    }) {
      const path = `${input.Bucket}/${input.Key}`;
      const there = objects.get(path);
      if (input.IfNoneMatch === "*" && there !== undefined) throw unfulfilled();
      if (input.IfMatch !== undefined && there === undefined) find(input.Bucket, input.Key);
      if (input.IfMatch !== undefined && there && input.IfMatch !== tagOf(there.body)) {
        throw unfulfilled();
      }
      const object = { body: Buffer.from(input.Body ?? ""), at: clock.now() };
      const VersionId = `v${++written}`;
      objects.set(path, object);
      versions.set(`${path}?${VersionId}`, object);
      return { VersionId, ETag: tagOf(object.body) };
    },
    GetObject({ Bucket, Key, VersionId }: { Bucket?: string; Key?: string; VersionId?: string }) {
      const { body, at } =
        VersionId === undefined ? find(Bucket, Key) : findVersion(Bucket, Key, VersionId);
      const bytes = { transformToByteArray: async () => body };
      const text = { transformToString: async () => Buffer.from(body).toString("utf8") };
      return {
        Body: { ...bytes, ...text },
        ContentLength: body.length,
        LastModified: new Date(at),
        ETag: tagOf(body),
      };
    },
    HeadObject({ Bucket, Key }: { Bucket?: string; Key?: string }) {
      const { body, at } = find(Bucket, Key);
      return { ContentLength: body.length, LastModified: new Date(at) };
    },
    CopyObject({
      Bucket,
      Key,
      CopySource = "",
    }: {
      Bucket?: string;
      Key?: string;
      CopySource?: string;
    }) {
      const [bucket, ...key] = decodeURIComponent(CopySource).replace(/^\//, "").split("/");
      const { body } = find(bucket, key.join("/").replace(/\?versionId=.*$/, ""));
      objects.set(`${Bucket}/${Key}`, { body, at: clock.now() });
      const sum = createHash("sha256").update(body).digest("base64");
      return { CopyObjectResult: { ChecksumSHA256: sum } };
    },
    DeleteObject({ Bucket, Key }: { Bucket?: string; Key?: string }) {
      objects.delete(`${Bucket}/${Key}`);
      return {};
    },
    DeleteObjects({
      Bucket,
      Delete,
    }: {
      Bucket?: string;
      Delete?: { Objects?: { Key?: string }[] };
    }) {
      for (const { Key } of Delete?.Objects ?? []) {
        const path = `${Bucket}/${Key}`;
        objects.delete(path);
        for (const one of versions.keys()) if (one.startsWith(`${path}?`)) versions.delete(one);
      }
      return {};
    },
    ListObjectVersions({ Bucket, KeyMarker }: { Bucket?: string; KeyMarker?: string }) {
      const own = [...objects.keys()].filter((path) => path.startsWith(`${Bucket}/`)).toSorted();
      const after = own.filter((path) => KeyMarker === undefined || path > KeyMarker);
      const { items, next } = page(after, undefined);
      return {
        Versions: items.map((path) => ({ Key: path.slice(`${Bucket}/`.length), VersionId: "v1" })),
        ...{ IsTruncated: next !== undefined, NextKeyMarker: next && items.at(-1) },
      };
    },
    GetBucketLogging: () => ({}),
    ListObjectsV2({
      Bucket,
      Prefix = "",
      ContinuationToken,
    }: {
      Bucket?: string;
      Prefix?: string;
      ContinuationToken?: string;
    }) {
      const start = `${Bucket}/`;
      const keys = [...objects.keys()]
        .filter((path) => path.startsWith(`${start}${Prefix}`))
        .map((path) => path.slice(start.length))
        .toSorted();
      const { items, next } = page(keys, ContinuationToken);
      return {
        Contents: items.map((Key) => ({ Key, LastModified: new Date(find(Bucket, Key).at) })),
        ...{ IsTruncated: next !== undefined, NextContinuationToken: next },
      };
    },
  };
  return { objects, versions, operations: operations as unknown as Operations };
};
