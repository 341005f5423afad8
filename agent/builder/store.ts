import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { BuilderFile } from "../../core/builder-order.ts";
import { CorruptRecord, NotFound } from "../../core/errors.ts";

/** This builder's folder of the artifact bucket; there is nothing else that it may reach. */
export interface Store {
  /** The bytes of a file. Throws NotFound, CorruptRecord when they are not those of the checksum. */
  read(file: BuilderFile, sha256?: string): Promise<Buffer>;
  /** Writes it to a path. Throws as `read`. */
  fetch(file: BuilderFile, path: string, sha256: string): Promise<void>;
  write(file: BuilderFile, body: string | Buffer): Promise<void>;
  upload(file: BuilderFile, path: string): Promise<void>;
  remove(file: BuilderFile): Promise<void>;
}

export interface StoreOrder {
  s3: S3Client;
  bucket: string;
  prefix: string;
}

export const openStore = ({ s3, bucket, prefix }: StoreOrder): Store => {
  const place = (file: BuilderFile) => ({ Bucket: bucket, Key: `${prefix}${file}` });
  const read: Store["read"] = async (file, sha256) => {
    const { Body } = await s3.send(new GetObjectCommand(place(file))).catch(explained(file));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    if (sha256 !== undefined) assertIs(file, bytes, sha256);
    return bytes;
  };
  const write: Store["write"] = async (file, body) => {
    await s3.send(new PutObjectCommand({ ...place(file), Body: body }));
  };
  return {
    read,
    write,
    async fetch(file, path, sha256) {
      await writeFile(`${path}.part`, await read(file, sha256), { mode: 0o600 });
      await rename(`${path}.part`, path);
    },
    upload: async (file, path) => write(file, await readFile(path)),
    async remove(file) {
      await s3.send(new DeleteObjectCommand(place(file)));
    },
  };
};

/** Whoever may not list a bucket is told of a missing object that it is forbidden. */
const explained = (file: string) => (error: unknown) => {
  const status = error instanceof S3ServiceException && error.$metadata.httpStatusCode;
  if (status !== 403 && status !== 404) throw error;
  throw new NotFound(`${file} is not in this builder's folder of the artifact bucket`, {
    cause: error,
  });
};

const assertIs = (file: string, bytes: Buffer, sha256: string): void => {
  const came = createHash("sha256").update(bytes).digest("hex");
  if (came === sha256) return;
  throw new CorruptRecord(
    `${file} of this builder's folder has the SHA-256 ${came}, and ${sha256} was ordered`,
  );
};
