import { App, Stack } from "aws-cdk-lib";
import { Bakery } from "./bakery.ts";
import { built } from "./built.ts";
import { readSettings } from "./parameters.ts";

/*
 * `npx aws-cdk deploy --context stage=NAME`: for those who deploy without SST. The account and the
 * region are those of the credentials.
 */

const app = new App();
const settings = readSettings(String(app.node.tryGetContext("stage") ?? "dev"));
const stack = new Stack(app, "Ovenbird", { stackName: `${settings.name}-ovenbird-Ovenbird` });
new Bakery(stack, "Bakery", settings, built);
