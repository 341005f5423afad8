import type { FoundProblem } from "../../../core/inventory/found/problem.ts";
import { UnusablePath } from "../../../core/errors.ts";
import { authorizedPlaces } from "../../hygiene/authorized-places.ts";
import { readSshd, type SshdLine } from "../../hygiene/sshd-config.ts";

/** Who lets somebody in, as an image's sshd is told. */
export interface Authorizing {
  /** Paths of files of keys; most are not there. */
  places: readonly string[];
  /** Programs that are asked for keys. */
  commands: readonly SshdLine[];
  problems: FoundProblem[];
}

export const nobodyAuthorizes: Authorizing = { places: [], commands: [], problems: [] };

/** Reads what a mounted image's sshd is told by its files and its command; only sound while nothing of the image runs. */
export const readAuthorizing = async (root: string): Promise<Authorizing> => {
  try {
    const sshd = readSshd(root);
    const commands = sshd.lines("AuthorizedKeysCommand");
    // whoever has such a key signs keys that let in
    const authorities = sshd.words("TrustedUserCAKeys").filter((word) => word !== "none");
    return {
      places: [...(await authorizedPlaces(root, sshd)), ...authorities],
      commands: commands.filter(({ words: [program = "none"] }) => program !== "none"),
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof UnusablePath)) throw error;
    const reason = `it could not be read whole: ${error.message}`;
    const problems = [{ section: "secrets", path: "/etc/ssh/sshd_config", reason }];
    return { ...nobodyAuthorizes, problems };
  }
};
