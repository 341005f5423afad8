import type { Happening } from "../core/bake-event.ts";
import type { Announcements } from "../core/ports.ts";

/** Who follows a bake on this machine, and its log, are told; there is nobody else. */
export const loggedAnnouncements = (events: (happening: Happening) => void): Announcements => ({
  announce: async (announcement) => events({ event: "announced", at: Date.now(), announcement }),
});
