import { describe, expect, test } from "vitest";
import { digestOf } from "../../core/digest-of.ts";
import type { BakeId, ImageId } from "../../core/ids.ts";
import { judge } from "../../core/policy/judge.ts";
import { type Verdict, verdictFile, verdictText } from "../../core/policy/verdict.ts";
import type { Artifacts, Images, Verdicts } from "../../core/ports.ts";
import { scanFile, scanText } from "../../core/vulnerabilities/kept-scan.ts";
import { facts, least } from "../core/policy/facts.ts";
import { someScan } from "../support/some-scan.ts";

export interface Candidate {
  bake: BakeId;
  imageId: ImageId;
}

export interface VerdictsWorld extends AsyncDisposable {
  verdicts: Verdicts;
  artifacts: Artifacts;
  images: Images;
  /** An image of a bake of its own, which nobody judged yet. */
  candidate(): Promise<Candidate>;
  /** What is known where the image is looked up; undefined before it was judged. */
  known(candidate: Candidate): Promise<{ passed: boolean; digest: string } | undefined>;
}

const passing = judge(least, facts());
const failing: Verdict = { ...passing, passed: false };
const [passed, failed] = [passing, failing].map((verdict) => ({
  ...{ passed: verdict.passed, digest: digestOf(verdictText(verdict)) },
}));

/** The texts that the statements of a bake's image name. */
const artifactsOf = async ({ artifacts }: VerdictsWorld, { bake }: Candidate) => {
  const read = (file: string) => artifacts.read(bake, file).catch(({ name }: Error) => `(${name})`);
  return { verdict: await read(verdictFile), scan: await read(scanFile) };
};
const none = "(NotFound)";

export const describeVerdicts = (name: string, open: () => Promise<VerdictsWorld>) =>
  describe(`${name} verdicts`, () => {
    test("are among the artifacts of their bake, with the scan, and known of their image", async () => {
      await using world = await open();
      const one = await world.candidate();
      expect(await world.known(one)).toBeUndefined();
      await world.verdicts.keep(one.bake, one.imageId, { verdict: passing, scan: someScan });
      expect(await artifactsOf(world, one)).toEqual({
        ...{ verdict: verdictText(passing), scan: scanText(someScan) },
      });
      expect(await world.known(one)).toEqual(passed);
    });

    test("of an image that fails are kept as those of one that passes", async () => {
      await using world = await open();
      const one = await world.candidate();
      await world.verdicts.keep(one.bake, one.imageId, { verdict: failing, scan: someScan });
      expect(await artifactsOf(world, one)).toEqual({
        ...{ verdict: verdictText(failing), scan: scanText(someScan) },
      });
      expect(await world.known(one)).toEqual(failed);
    });

    test.each([
      ["for an image count", failing, passing, passed],
      ["against an image count", passing, failing, failed],
    ])(
      "that are %s when they are the last, and no scan is left of those before",
      async (_title, first, last, known) => {
        await using world = await open();
        const one = await world.candidate();
        await world.verdicts.keep(one.bake, one.imageId, { verdict: first, scan: someScan });
        await world.verdicts.keep(one.bake, one.imageId, { verdict: last });
        expect(await artifactsOf(world, one)).toEqual({ verdict: verdictText(last), scan: none });
        expect(await world.known(one)).toEqual(known);
        await world.verdicts.keep(one.bake, one.imageId, { verdict: last, scan: someScan });
        expect(await artifactsOf(world, one)).toEqual({
          ...{ verdict: verdictText(last), scan: scanText(someScan) },
        });
      },
    );

    test.each([
      ["for", passing],
      ["against", failing],
    ])(
      "%s a candidate that is gone are NotFound, and among the artifacts all the same",
      async (_title, verdict) => {
        await using world = await open();
        const one = await world.candidate();
        expect(await world.images.release(one.bake)).toBe(1);
        const keep = world.verdicts.keep(one.bake, one.imageId, { verdict, scan: someScan });
        await expect(keep).rejects.toMatchObject({
          ...{ name: "NotFound", message: expect.stringContaining(one.imageId) },
        });
        expect(await artifactsOf(world, one)).toEqual({
          ...{ verdict: verdictText(verdict), scan: scanText(someScan) },
        });
      },
    );

    test("that come after an image was published change nothing", async () => {
      await using world = await open();
      const one = await world.candidate();
      await world.verdicts.keep(one.bake, one.imageId, { verdict: passing, scan: someScan });
      await world.images.publish(one.imageId);
      const before = await artifactsOf(world, one);
      await world.verdicts.keep(one.bake, one.imageId, { verdict: failing });
      expect(await artifactsOf(world, one)).toEqual(before);
      expect(await world.known(one)).toEqual(passed);
    });

    test("of two bakes are not each other's", async () => {
      await using world = await open();
      const [one, other] = [await world.candidate(), await world.candidate()];
      await world.verdicts.keep(one.bake, one.imageId, { verdict: failing, scan: someScan });
      expect(await artifactsOf(world, other)).toEqual({ verdict: none, scan: none });
      await world.verdicts.keep(other.bake, other.imageId, { verdict: passing });
      expect(await world.known(one)).toEqual(failed);
      expect(await world.known(other)).toEqual(passed);
    });
  });
