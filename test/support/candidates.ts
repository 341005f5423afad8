import { DescribeImagesCommand, type EC2Client } from "@aws-sdk/client-ec2";
import { ImageId } from "../../core/ids.ts";
import { type ImageTest, ResolvedRecipe } from "../../core/job.ts";
import { type Front, jsonReply, type Reply } from "./aws-front.ts";
import type { BootedMachine } from "./booted-machine.ts";

/* Candidates that are booted on moto, and what moto does not do for them. */

/** A recipe with nothing but tests. */
export const recipeWith = (tests: ImageTest[]) =>
  ResolvedRecipe.parse({
    ...{ name: "web", description: "", parameters: {}, secrets: [], assets: [], steps: [] },
    origin: { kind: "recipe", recipe: "base" },
    ...{ hygiene: { keep: [] }, tests, tags: {} },
  });

/** Some image of moto's, as if it was a candidate: asked for once, because moto has many. */
export const someImage = async (ec2: EC2Client): Promise<ImageId> => {
  const Filters = [{ Name: "architecture", Values: ["x86_64"] }];
  const { Images } = await ec2.send(new DescribeImagesCommand({ Filters }));
  return ImageId.parse(Images?.[0]?.ImageId);
};

/** What GetConsoleOutput says of a machine. */
export const consoleReply = (text: string): Reply => ({
  status: 200,
  body: `<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><output>${Buffer.from(text).toString("base64")}</output></GetConsoleOutputResponse>`,
});

/** Run Command with a machine that does what it is sent: moto's does nothing, and says Success. */
export const answerCommands = (front: Front, machine: BootedMachine) => {
  const state = { requested: new Date(), comment: "", output: Promise.resolve("") };
  const command = () => ({
    ...{ CommandId: "11111111-2222-3333-4444-555555555555", Comment: state.comment },
    RequestedDateTime: state.requested.getTime() / 1000,
  });
  front.on("SendCommand", ({ json }) => {
    const { commands } = json["Parameters"] as { commands: string[] };
    state.comment = String(json["Comment"]);
    state.requested = new Date();
    state.output = machine.run(commands.join("\n"));
    return jsonReply({ Command: command() });
  });
  front.on("ListCommands", () => jsonReply({ Commands: state.comment === "" ? [] : [command()] }));
  front.on("GetCommandInvocation", async () => {
    const StandardOutputContent = await state.output;
    return jsonReply({ Status: "Success", StatusDetails: "Success", StandardOutputContent });
  });
  return state;
};
