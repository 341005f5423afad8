/**
 * Options of the Node that runs the agent. With a small young generation the inventory of 200,000
 * files stays below 250 MB, and is no slower. V8's last optimising compiler takes a tenth of a
 * short bake's processor time, on another processor, which a second bake would use; what it makes
 * faster is little of what an agent does: an inventory of 100,000 files takes as long without.
 */
export const agentFlags: readonly string[] = ["--max-semi-space-size=8", "--no-turbofan"];
