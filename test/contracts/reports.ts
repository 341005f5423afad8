import { describe, expect, test } from "vitest";
import type { Dropped } from "../../core/drop.ts";
import type { BakeId } from "../../core/ids.ts";
import type { Image } from "../../core/image.ts";
import type { Reports } from "../../core/ports.ts";
import type { Registered } from "../../core/registered.ts";
import { someBake } from "../support/local-state.ts";
import { aboutOf, strictPolicy } from "../support/report-data.ts";

export interface ReportsWorld extends AsyncDisposable {
  reports: Reports;
  /** A candidate of that recipe, by a bake of its own. */
  candidate(recipe: string, drop?: Dropped): Promise<Registered>;
  publish(candidate: Registered): Promise<Image>;
  /** The page about an image whose bake ends so. */
  pageOf(candidate: Registered, end: "published" | "rejected"): Promise<string>;
}

/** Of one key of the recipe bucket. */
const drop = (day: number): Dropped => ({
  ...{ bucket: "recipes", key: "team/web.yaml", versionId: `v${day}` },
  ...{ sequencer: `0055AED6DCD9028${day}`, at: `2026-11-2${day}T12:00:00Z` },
});

let recipes = 0;
const newRecipe = (): string => `reported-${++recipes}`;

/** Of the newer drop, whose bake was the faster, and of the one before. */
const two = async (world: ReportsWorld, recipe: string) => {
  const last = await world.publish(await world.candidate(recipe, drop(2)));
  const first = await world.publish(await world.candidate(recipe, drop(1)));
  return { first, last };
};
const told = ({ imageId, created }: Image) => ({ imageId, created });

export const describeReports = (name: string, open: () => Promise<ReportsWorld>) =>
  describe(`${name} reports`, () => {
    test("know no image before the first of a recipe; a candidate is none", async () => {
      await using world = await open();
      const recipe = newRecipe();
      await world.publish(await world.candidate(newRecipe()));
      const { bake } = await world.candidate(recipe);
      expect(await world.reports.previous(recipe, bake)).toBeUndefined();
      expect(await world.reports.previous(recipe, someBake())).toBeUndefined();
    });

    test("know the image before: the newest drop's, when it was registered", async () => {
      await using world = await open();
      const recipe = newRecipe();
      const { last } = await two(world, recipe);
      const { bake } = await world.candidate(recipe, drop(3));
      expect(await world.reports.previous(recipe, bake)).toEqual(told(last));
    });

    test("know of the newest image the one that another bake made before it", async () => {
      await using world = await open();
      const recipe = newRecipe();
      const { first, last } = await two(world, recipe);
      expect(await world.reports.previous(recipe, last.bake)).toEqual(told(first));
      expect(await world.reports.previous(recipe, first.bake)).toEqual(told(last));
    });

    test.each(["published", "rejected"] as const)(
      "are pages that tell of an image and its verdict, also of one that is %s",
      async (end) => {
        await using world = await open();
        const of = await world.candidate(newRecipe());
        const by = end === "published" ? {} : { by: strictPolicy };
        await world.reports.keep(of.bake, aboutOf({}, { of, ...by }));
        const page = await world.pageOf(of, end);
        expect(page).toMatch(/^<!doctype html>\n/);
        expect(page).toContain(of.imageId);
        expect(page).toContain(of.name);
        expect(page).toContain("/srv/app/upload");
      },
    );

    test("tell what was kept last", async () => {
      await using world = await open();
      const of = await world.candidate(newRecipe());
      for (const description of ["what was said first", "what was said last"]) {
        await world.reports.keep(of.bake, aboutOf({}, { of: { ...of, description } }));
      }
      const page = await world.pageOf(of, "published");
      expect(page).toContain("what was said last");
      expect(page).not.toContain("what was said first");
    });

    test("of two bakes are not each other's", async () => {
      await using world = await open();
      const both = [await world.candidate(newRecipe()), await world.candidate(newRecipe())];
      for (const of of both) await world.reports.keep(of.bake, aboutOf({}, { of }));
      const pages: [BakeId, string][] = [];
      for (const of of both) pages.push([of.bake, await world.pageOf(of, "published")]);
      for (const { bake, imageId } of both) {
        const telling = pages.filter(([, page]) => page.includes(imageId));
        expect(telling.map(([of]) => of)).toEqual([bake]);
      }
    });
  });
