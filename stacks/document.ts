import * as ssm from "aws-cdk-lib/aws-ssm";
import type { Construct } from "constructs";
import { agentDocument } from "../aws/document.ts";

export const documentName = (stage: string): string => `ovenbird-${stage}-agent`;

/** What SSM runs on a builder: a document of our own, not AWS-RunShellScript. */
export const agentDocumentOf = (scope: Construct, stage: string): ssm.CfnDocument =>
  new ssm.CfnDocument(scope, "Document", {
    ...{ name: documentName(stage), documentType: "Command", documentFormat: "JSON" },
    content: agentDocument(),
    targetType: "/AWS::EC2::Instance",
    // a named document cannot be replaced: it gets a new version, which is the default from then on
    updateMethod: "NewVersion",
  });
