import { describe, expect, test } from "vitest";
import { Announcement } from "../../core/announcement.ts";
import type { Announcements } from "../../core/ports.ts";
import { someBake } from "../support/local-state.ts";

export interface AnnouncementsWorld extends AsyncDisposable {
  announcements: Announcements;
  /** The same, where one more is to be told and cannot be. */
  withOneDeaf: Announcements;
  /** What a subscriber heard under that id, as often as it heard it. */
  heard(id: string): Promise<Announcement[]>;
}

const published = (): Announcement => {
  const bake = someBake();
  return Announcement.parse({
    ...{ version: 1, id: bake, outcome: "published", bake, name: "web" },
    ...{ imageId: "ami-00000001", deprecateAt: "2027-11-21T12:00:00.000Z" },
    ...{ statement: `sha256:${"a".repeat(64)}`, at: "2026-11-21T12:00:00.000Z" },
  });
};

const ended = (outcome: "failed" | "rejected" | "stopped"): Announcement => {
  const bake = someBake();
  return Announcement.parse({
    ...{ version: 1, id: bake, outcome, bake, name: "web", error: "StepFailed" },
    // the longest message that there is, in any language, over many lines
    message: `the step "grüße" 🐦\n\tfailed: \u001b[31m${"ж".repeat(32_000)}`,
    at: "2026-11-21T12:00:00.000Z",
  });
};

export const describeAnnouncements = (name: string, open: () => Promise<AnnouncementsWorld>) =>
  describe(`${name} announcements`, () => {
    test.each<[string, Announcement]>([
      ["an image that is published", published()],
      ...(["failed", "rejected", "stopped"] as const).map((outcome): [string, Announcement] => [
        `a bake that ${outcome === "failed" ? "failed" : `was ${outcome}`}`,
        ended(outcome),
      ]),
    ])("of %s are heard as they were told", async (_title, announcement) => {
      await using world = await open();
      await world.announcements.announce(announcement);
      expect(await world.heard(announcement.id)).toMatchObject([announcement]);
    });

    test("of a drop that was refused have no bake, and are heard under its id", async () => {
      await using world = await open();
      const { bake: id = "", ...rest } = ended("failed");
      const announcement = Announcement.parse({ ...rest, id: `drop-${id}`, name: "team/ü.yaml" });
      await world.announcements.announce(announcement);
      const [heard] = await world.heard(announcement.id);
      expect(heard).toMatchObject(announcement);
      expect(heard).not.toHaveProperty("bake");
    });

    test("that are told again are heard again, under the same id", async () => {
      await using world = await open();
      const announcement = published();
      await world.announcements.announce(announcement);
      await world.announcements.announce(announcement);
      expect(await world.heard(announcement.id)).toMatchObject([announcement, announcement]);
    });

    test("that are told at once are all heard, each once", async () => {
      await using world = await open();
      const all = Array.from({ length: 12 }, published);
      await Promise.all(all.map((one) => world.announcements.announce(one)));
      for (const one of all) expect(await world.heard(one.id)).toMatchObject([one]);
    });

    test("that somebody cannot be told are AnnouncementFailed, and the others have heard them", async () => {
      await using world = await open();
      const announcement = published();
      await expect(world.withOneDeaf.announce(announcement)).rejects.toMatchObject({
        ...{ name: "AnnouncementFailed", message: expect.stringContaining(announcement.id) },
        cause: expect.any(Error),
      });
      expect(await world.heard(announcement.id)).toMatchObject([announcement]);
      await world.announcements.announce(announcement);
      expect(await world.heard(announcement.id)).toHaveLength(2);
    });
  });
