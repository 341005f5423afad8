import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ImageId } from "../../core/ids.ts";
import { type ImageAttributes, noAttributes } from "../../core/image-attributes.ts";
import type { BootMode } from "../../core/job.ts";
import type { Ancestor } from "../../core/origin.ts";
import { bakeryOn, makeBucket } from "../support/bakery-on-moto.ts";
import { type Moto, noMoto, openMoto } from "../support/moto.ts";

const uefiData = "QU1aTlVFRkk=";
const own: ImageAttributes = { ...noAttributes, uefiData };
const source = { imageId: ImageId.parse("ami-0000000a"), name: "al2023", owner: "amazon" };

const imageOf = (imageId: ImageId): Ancestor => ({ kind: "image", imageId, name: "base" });

describe.skipIf(noMoto !== "")(`UEFI variables of images on moto${noMoto}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await openMoto({ stockImages: false });
    await makeBucket(moto);
  });
  afterAll(() => moto[Symbol.asyncDispose]());

  const open = () => {
    const { asked, images, newSpec } = bakeryOn(moto);
    const callsOf = (name: string) =>
      asked.filter(({ call }) => call === name).map(({ input }) => input);
    return {
      parent: async () => images.register(await newSpec(), own),
      async child(ancestor: Ancestor, more: Partial<ImageAttributes> = {}, bootMode?: BootMode) {
        const spec = { ...(await newSpec()), lineage: [ancestor] };
        const disk = { ...spec.disk, ...(bootMode && { bootMode }) };
        return images.register({ ...spec, disk }, { ...noAttributes, ...more });
      },
      /** What the images were registered with, in order. */
      given: () => callsOf("RegisterImage").map((input) => input["UefiData"]),
      looks: () => callsOf("DescribeImageAttribute"),
    };
  };
  test("are inherited by children and theirs, and of each image asked for once", async () => {
    const { parent, child, given, looks } = open();
    const base = await parent();
    const web = await child(imageOf(base));
    await child(imageOf(base), {}, "uefi-preferred");
    await child(imageOf(web));
    expect(given()).toEqual(Array.from({ length: 4 }, () => uefiData));
    expect(looks()).toEqual([
      { ImageId: base, Attribute: "uefiData" },
      { ImageId: web, Attribute: "uefiData" },
    ]);
  });

  test("are those of the account's copy, where the origin is a stock image", async () => {
    const { parent, child, given, looks } = open();
    const copyId = await parent();
    await child({ kind: "stock", ...source, copyId });
    expect(given()).toEqual([uefiData, uefiData]);
    expect(looks()).toEqual([{ ImageId: copyId, Attribute: "uefiData" }]);
  });

  test("are none where the origin has none", async () => {
    const { parent, child, given } = open();
    const plain = await child(imageOf(await parent()), { uefiData: "" });
    await child(imageOf(plain));
    expect(given()).toEqual([uefiData, undefined, undefined]);
  });

  test.each<[string, Partial<ImageAttributes>, BootMode]>([
    ["the recipe has variables", { uefiData: "REVG" }, "uefi"],
    ["the recipe wants none", { uefiData: "" }, "uefi-preferred"],
    ["the disk boots by BIOS", {}, "legacy-bios"],
  ])("are not asked for where %s", async (_title, more, bootMode) => {
    const { parent, child, given, looks } = open();
    await child(imageOf(await parent()), more, bootMode);
    expect(given()).toEqual([uefiData, more.uefiData || undefined]);
    expect(looks()).toEqual([]);
  });
});
