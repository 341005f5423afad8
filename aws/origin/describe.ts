import type { EC2Client } from "@aws-sdk/client-ec2";
import { OriginRefused } from "../../core/errors.ts";
import type { Ami } from "../ami.ts";
import { imageOfId } from "../find-images.ts";

/** The image of that id, whoever's it is; undefined when there is none. Throws OriginRefused. */
export const amiOfId = async (ec2: EC2Client, imageId: string): Promise<Ami | undefined> => {
  try {
    // by their id deprecated and disabled ones are wanted too: what they are is told
    return await imageOfId({ ec2 }, imageId, { IncludeDeprecated: true, IncludeDisabled: true });
  } catch (error) {
    if (
      error instanceof Error &&
      error.name === "AuthFailure" &&
      /not authorized for images/i.test(error.message)
    ) {
      throw new OriginRefused(
        `the origin ${imageId} is not shared with this account; its owner has to give the account leave to launch it`,
        { cause: error },
      );
    }
    throw error;
  }
};
