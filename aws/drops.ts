import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import * as z from "zod";
import type { Drops } from "../core/drops.ts";
import { InvalidInput, NotFound } from "../core/errors.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

export interface DropBucket {
  s3: S3Client;
  stage: Pick<Stage, "account" | "recipeBucket">;
}

/**
 * Metadata of a drop with which parameters get their values: a JSON map from name to text, encoded
 * as in a URL, since S3 keeps ASCII there. S3 takes 2 KB of metadata in all.
 */
export const parametersMetadata = "ovenbird-parameters";

const Parameters = z.record(z.string(), z.string());

/** The bucket that recipes are dropped in. */
export const s3Drops = ({ s3, stage }: DropBucket): Drops => {
  const bucket = { Bucket: stage.recipeBucket, ExpectedBucketOwner: stage.account };
  return {
    async read(key, versionId) {
      const order = { ...bucket, Key: key, VersionId: versionId };
      const found = await s3.send(new GetObjectCommand(order)).catch((error: unknown) => {
        // a delete marker answers MethodNotAllowed; without leave to list, all is AccessDenied
        if (!isNamed(error, "NoSuchKey", "NoSuchVersion", "MethodNotAllowed")) throw error;
        throw new NotFound(`there is no ${key} in ${stage.recipeBucket}`, { cause: error });
      });
      const bytes = Buffer.from((await found.Body?.transformToByteArray()) ?? []);
      const parameters = parametersIn(key, found.Metadata?.[parametersMetadata]);
      return { bytes, parameters, versionId: found.VersionId };
    },
    async list(beginning) {
      const pages = paginateListObjectsV2({ client: s3 }, { ...bucket, Prefix: beginning });
      const found: { key: string; size: number }[] = [];
      for await (const { Contents = [] } of pages) {
        for (const { Key: key, Size: size = 0 } of Contents) {
          if (key !== undefined) found.push({ key, size });
        }
      }
      return found;
    },
  };
};

const parametersIn = (key: string, written: string | undefined): Record<string, string> => {
  if (written === undefined) return {};
  try {
    return Parameters.parse(JSON.parse(decodeURIComponent(written)));
  } catch (error) {
    const right = "it is a JSON map from names to texts, encoded as in a URL";
    throw new InvalidInput(`${key}: the metadata ${parametersMetadata} cannot be read; ${right}`, {
      cause: error,
    });
  }
};
