import type { Beginning } from "../beginning.ts";
import type { ImageId } from "../ids.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Registered } from "../registered.ts";
import type { JudgedFinding } from "../vulnerabilities/exceptions.ts";
import type { Unscanned } from "../vulnerabilities/finding.ts";
import type { Since } from "./changes-of.ts";
import type { Contents } from "./contents-of.ts";
import type { Markup } from "./markup.ts";
import type { Timeline } from "./timeline-of.ts";

/** What is known of an image's vulnerabilities. */
export type Vulnerabilities =
  | { findings: JudgedFinding[]; unscanned: Unscanned[]; newest?: string | undefined }
  /** There was no search: a sentence that says why. */
  | { impossible: string }
  /** There may have been one, and what it brought is not kept. */
  | { unkept: true };

/** What became of an image. */
export type Outcome =
  /** Policy has said its word; tests and publication come after it. */
  | { state: "judged" }
  /** ISO 8601: when it was registered. */
  | { state: "published"; created: string }
  /** Under the name of the error, and its sentence. */
  | { state: "rejected" | "failed" | "stopped"; error: string; message: string };

/** How others can verify the image. */
export type Verification =
  | {
      place: "machine";
      /** The key that signed; absent, as the following, where nothing was signed. */
      keyId?: string | undefined;
      /** Of the file of its statements: `sha256:` and 64 digits. */
      statement?: string | undefined;
    }
  | {
      place: "aws";
      region: string;
      /** The one of artifacts. */
      bucket: string;
      /** ARN of the key that signs. */
      signingKey: string;
    };

/** What an image is, once policy was asked. */
export interface About {
  image: Registered;
  /** The recipe's file; absent where it was not noted. */
  recipe?: Beginning | undefined;
  contents: Contents;
  /** Absent where policy was never asked. */
  verdict?: Verdict | undefined;
  vulnerabilities: Vulnerabilities;
  since: Since;
  /** Digests of the file trees of ancestors, as far as they are known. */
  digests: Readonly<Partial<Record<ImageId, string>>>;
  /** Of the bake up to then; absent where nobody noted the times. */
  timeline?: Timeline | undefined;
}

/** All that a report shows. */
export interface ReportData extends About {
  outcome: Outcome;
  verification: Verification;
  /** ISO 8601: when the report was made. */
  made: string;
}

/** A part of the page. */
export interface Section {
  /** Of its anchor. */
  id: string;
  title: string;
  body: Markup;
}
