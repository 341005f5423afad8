import { expect, test } from "vitest";
import { NotPermitted } from "../../core/errors.ts";
import { notPermitted } from "../../core/not-permitted.ts";

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

/** As the services say it; the ids are made up. */
const messages = {
  UnauthorizedOperation:
    "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/ovenbird-dev-RegisterImage/ovenbird-dev-RegisterImage is not authorized to perform: ec2:RegisterImage on resource: arn:aws:ec2:eu-west-1::image/* because no identity-based policy allows the ec2:RegisterImage action. Encoded authorization failure message: abc",
  AccessDeniedException:
    "User: arn:aws:sts::123456789012:assumed-role/ovenbird-dev-PublishImage/x is not authorized to perform: ssm:PutParameter on resource: arn:aws:ssm:eu-west-1:123456789012:parameter/a because of an explicit deny in a service control policy",
};

test.each([
  ["UnauthorizedOperation", "ovenbird-dev-RegisterImage", "ec2:RegisterImage"],
  ["AccessDeniedException", "ovenbird-dev-PublishImage", "ssm:PutParameter"],
] as const)("%s is told as the role %s that lacks %s", (name, role, action) => {
  const told = notPermitted(named(name, messages[name]));
  expect(told).toBeInstanceOf(NotPermitted);
  expect(told?.message).toContain(`the role ${role} lacks the permission ${action} on arn:aws:`);
  expect(told?.message).toContain(messages[name]);
});

test("S3 may say no more than that access is denied", () => {
  expect(notPermitted(named("AccessDenied", "Access Denied"))?.message).toMatch(
    /^the role of this state's function lacks a permission, or/,
  );
});

test("what is not permitted to anybody is told so", () => {
  expect(notPermitted(named("OperationNotPermitted", "it is protected"))?.message).toMatch(
    /^AWS does not permit that here.*it is protected$/,
  );
});

test("any other error is left as it is", () => {
  expect(notPermitted(named("NotFound", "no"))).toBeUndefined();
  expect(notPermitted("text")).toBeUndefined();
});
