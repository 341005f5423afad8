import type { Happening } from "../core/bake-event.ts";
import { AnnouncementFailed } from "../core/errors.ts";
import type { Announcements } from "../core/ports.ts";

/** Who follows a bake on this machine, and its log, are told; there is nobody else. */
export const loggedAnnouncements = (events: (happening: Happening) => void): Announcements => ({
  async announce(announcement) {
    try {
      events({ event: "announced", at: Date.now(), announcement });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AnnouncementFailed(`how ${announcement.id} ended was not told to all: ${why}`, {
        cause,
      });
    }
  },
});
