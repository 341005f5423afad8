import { describe, expect, test } from "vitest";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";
import { recipe, resolve, told, toldOf } from "./sample.ts";

const around = {
  IMAGE_BUILDER_SUBNET_ID: "subnet-0a1b2c3d",
  IMAGE_BUILDER_SECURITY_GROUP_ID: "sg-0a1b2c3d",
  BUILD_REGION: "eu-west-1",
};

const onAws = (text: string, set: Record<string, string> = {}) =>
  resolveRecipe(parseRecipe(text, "web.yaml"), { set, environment: {}, surroundings: around });

/** What is told of it where no bake is asked for. */
const anywhere = (text: string): string => {
  const given = { set: {}, environment: {}, surroundings: "any" } as const;
  return told(() => resolveRecipe(parseRecipe(text, "web.yaml"), given));
};

const account = "123456789012";
const organization = `arn:aws:organizations::${account}:organization/o-abcdefghij`;
const unit = `arn:aws:organizations::${account}:ou/o-abcdefghij/ou-abcd-12345678`;

describe("what a recipe asks of AWS", () => {
  test("arrives, every key of it", () => {
    const { builder, attributes } = resolve(
      recipe(
        "region: eu-west-1",
        "subnet: subnet-0123456789abcdef0",
        "root_volume_size: 16",
        "aws:",
        "  instance_types: [m7i.large, m6i.large]",
        "  spot: true",
        "  ports: [5432, 22, 5432]",
        "  kms_key: alias/images",
        "  volume: { iops: 6000, throughput: 500 }",
        "  root_device_name: /dev/xvda",
        "  block_devices:",
        "    - { device_name: /dev/sdf, size: 100, type: io2, iops: 5000, delete_on_termination: false }",
        "    - { device_name: /dev/sdg, snapshot_id: snap-0a1b2c3d }",
        "    - { device_name: /dev/sdb, virtual_name: ephemeral0 }",
        "    - { device_name: /dev/sdc, no_device: true }",
        "  imds_support: v2.0",
        "  tpm_support: v2.0",
        "  ena_support: true",
        "  sriov_net_support: simple",
        "  uefi_data: QU1aTlVFRkk=",
        "  deprecate_after: 90d",
        "  deregistration_protection: { with_cooldown: true }",
        "  launch_permissions:",
        `    users: ["${account}"]`,
        `    organizations: [${organization}]`,
        `    organizational_units: [${unit}]`,
        "    public: false",
        "  snapshot_tags: { Team: web }",
      ),
    );
    expect(builder).toEqual({
      ...{ region: "eu-west-1", subnet: "subnet-0123456789abcdef0", kmsKey: "alias/images" },
      ...{ instanceTypes: ["m7i.large", "m6i.large"], spot: true, ports: [5432, 22] },
      volume: { type: "gp3", iops: 6000, throughput: 500 },
    });
    const disk = { deviceName: "/dev/sdf", size: 100, type: "io2", iops: 5000 };
    expect(attributes).toEqual({
      rootDeviceName: "/dev/xvda",
      blockDevices: [
        { ...disk, deleteOnTermination: false },
        {
          ...{ deviceName: "/dev/sdg", type: "gp3", snapshotId: "snap-0a1b2c3d" },
          deleteOnTermination: true,
        },
        { deviceName: "/dev/sdb", virtualName: "ephemeral0" },
        { deviceName: "/dev/sdc", noDevice: true },
      ],
      ...{ imdsSupport: "v2.0", tpmSupport: "v2.0", enaSupport: true, sriovNetSupport: "simple" },
      ...{ uefiData: "QU1aTlVFRkk=", deprecateAfter: 90 * 24 * 3600 },
      deregistrationProtection: { withCooldown: true },
      launchPermissions: {
        ...{ users: [account], organizations: [organization], organizationalUnits: [unit] },
        public: false,
      },
      snapshotTags: { Team: "web" },
    });
  });

  test("the UEFI's variables are the origin's, unless a recipe has some or wants none", () => {
    const lines = ["spot: true", "uefi_data: QUJD", "uefi_data: none"];
    const attributes = lines.map((line) => resolve(recipe(`aws: { ${line} }`)).attributes);
    expect(attributes.map(({ uefiData }) => uefiData)).toEqual([undefined, "QUJD", ""]);
  });

  test.each([
    ["small", { instanceSize: "small" }],
    ["c7g.large", { instanceTypes: ["c7g.large"] }],
    ["u7i-12tb.224xlarge", { instanceTypes: ["u7i-12tb.224xlarge"] }],
  ])("an instance_size of %s is a size or a type", (size, wish) => {
    const { spot, ports, volume, ...asked } = resolve(recipe(`instance_size: ${size}`)).builder;
    expect(asked).toEqual(wish);
    expect({ spot, ports, volume }).toEqual({ spot: false, ports: [], volume: { type: "gp3" } });
  });

  test("may come of parameters, numbers and truths too", () => {
    const text = recipe(
      "parameters: { IOPS: { type: number, default: 4000 }, SPOT: { default: 'true' } }",
      'aws: { spot: "${SPOT}", volume: { iops: "${IOPS}" } }',
    );
    expect(resolve(text).builder).toMatchObject({ spot: true, volume: { iops: 4000 } });
  });
});

const COOL = "write true, or {with_cooldown: true}";
const TYPES = "name types of one architecture, the image's own";

const wrong: [line: string, told: string][] = [
  [
    "region: Ireland",
    '4:11: region cannot be "Ireland"; a region is named as AWS names it, as in "eu-west-1"',
  ],
  [
    "instance_size: huge",
    '4:18: instance_size cannot be "huge"; a size is small, medium, large or xlarge, or an instance type, as in "c7g.large"',
  ],
  ["subnet: default", "4:11: subnet cannot be"],
  ["security_group: web", "4:19: security_group cannot be"],
  [
    "instance_size: small\naws: { instance_types: [m7i.large] }",
    "5:10: instance_size and aws.instance_types are both given; keep one of them",
  ],
  [
    "architecture: x86_64\ninstance_size: c7gd.large",
    `5:18: c7gd.large is arm64, and architecture is x86_64; ${TYPES}`,
  ],
  [
    "aws: { instance_types: [g4dn.xlarge, im4gn.large] }",
    `4:40: im4gn.large is arm64, and g4dn.xlarge is x86_64; ${TYPES}`,
  ],
  [
    "security_group: sg-0a1b2c3d\naws: { ports: [22] }",
    "5:10: ports are for a security group of the bake's own, and security_group names one; leave one of them out; a group that is named has the rules it has",
  ],
  ["aws: { ports: [0] }", "4:18: ports entry 1 is 0; a port is from 1 to 65535"],
  [
    "aws: { kms_key: my key }",
    '4:19: kms_key cannot be "my key"; a key is its id, its ARN or its alias, as in "alias/images"',
  ],
  [
    "aws: { volume: { type: io1 } }",
    "4:26: io1 needs iops; add iops, from 100 to 64000, or write type: gp3",
  ],
  [
    "aws: { volume: { type: gp2, iops: 3000 } }",
    "4:31: gp2 takes no iops; leave iops out, or write type: gp3, io1 or io2",
  ],
  ["aws: { volume: { iops: 100 } }", "4:26: iops is 100; gp3 takes 3000 to 80000"],
  [
    "aws: { volume: { type: io2, iops: 3000, throughput: 200 } }",
    "4:43: io2 takes no throughput; leave throughput out, or write type: gp3",
  ],
  ["aws: { volume: { throughput: 100 } }", "4:32: throughput is 100; gp3 takes 125 to 2000 MiB/s"],
  [
    "aws: { volume: { throughput: 1000 } }",
    "4:32: throughput is 1000 MiB/s with 3000 iops; write iops: 4000 or more",
  ],
  [
    "root_volume_size: 10\naws: { volume: { type: io1, iops: 600 } }",
    "5:37: iops is 600, for a disk of 10 GiB; io1 takes at most 50 for each GiB: write at most 500",
  ],
  [
    "root_volume_size: 2\naws: { volume: { type: io1, iops: 100 } }",
    "4:21: size is 2 GiB; io1 has 4 to 16384 GiB",
  ],
  [
    "aws: { block_devices: [{ device_name: sdf, size: 1 }] }",
    '4:41: device_name cannot be "sdf"; a device is named as EC2 names it, as in "/dev/sdf" or "/dev/xvdba"',
  ],
  [
    "aws: { block_devices: [{ device_name: /dev/sdf }] }",
    "4:41: neither size nor snapshot_id is given; give size, in GiB, or another kind: virtual_name or no_device",
  ],
  [
    "aws: { block_devices: [{ device_name: /dev/sdf, size: 20, type: st1 }] }",
    "4:57: size is 20 GiB; st1 has 125 to 16384 GiB",
  ],
  [
    "aws: { block_devices: [{ device_name: /dev/sdf, virtual_name: ephemeral0, size: 1 }] }",
    "4:77: size is of a disk, and this is an instance store; leave size out",
  ],
  [
    "aws: { block_devices: [{ device_name: /dev/sdf, no_device: true, virtual_name: ephemeral1 }] }",
    "4:68: virtual_name is of a disk, and this is no device; leave virtual_name out",
  ],
  [
    "aws: { block_devices: [{ device_name: /dev/sdf, size: 1 }, { device_name: /dev/sdf, size: 2 }] }",
    "4:77: /dev/sdf is given twice; keep one of them",
  ],
  [
    "aws: { block_devices: [{ device_name: /dev/xvda, size: 1 }] }",
    "4:41: /dev/xvda is the root; name another, as in /dev/sdf; root_volume_size is the root's size",
  ],
  [
    "aws: { block_devices: [{ device_name: /dev/sdf, size: 1, encrypted: true }] }",
    "4:60: there is no encrypted; leave it out: the root is always encrypted, and other disks where the account encrypts by default",
  ],
  ["aws: { imds_support: 2.0 }", '4:24: imds_support cannot be 2; write "v2.0", in quotes'],
  ["aws: { tpm_support: v1.2 }", '4:23: tpm_support cannot be "v1.2"; write "v2.0", in quotes'],
  [
    "aws: { sriov_net_support: none }",
    '4:29: sriov_net_support cannot be "none"; write simple, or leave it out: EC2 has no way to turn it off',
  ],
  ["aws: { uefi_data: abc }", '4:21: uefi_data cannot be "abc"; it is base64 of at most 64000'],
  [
    "aws: { deprecate_after: 11y }",
    '4:27: deprecate_after cannot be "11y"; write a number of days',
  ],
  ["aws: { deprecate_after: 4000d }", '4:27: deprecate_after cannot be "4000d"; write a number of'],
  [
    "aws: { deregistration_protection: cooldown }",
    `4:37: deregistration_protection is "cooldown", text; ${COOL}`,
  ],
  [
    "aws: { launch_permissions: { users: [123456789012] } }",
    '4:40: users entry 1 is 123456789012, a number; an account\'s id is 12 digits, in quotes, as in "123456789012"',
  ],
  ["aws: { launch_permissions: {} }", "4:30: this changes nothing; give at least one of users,"],
  [
    "aws: { launch_permissions: { public: true } }",
    "4:40: public cannot be true; write false: EC2 makes no image public whose disk is encrypted, and every root is",
  ],
  [
    `aws: { kms_key: alias/aws/ebs, launch_permissions: { users: ["${account}"] } }`,
    "4:19: an image whose key is AWS's own, alias/aws/ebs, cannot be launched by others; name a key of the account's, or leave kms_key out",
  ],
  ["aws: { snapshot_tags: { 'ovenbird:a': b } }", '4:27: "ovenbird:a" cannot be a key of'],
  ["aws: { spott: true }", '4:10: unknown key "spott"; did you mean "spot"?'],
];

const thirty = (name: string) =>
  Array.from({ length: 30 }, (_, at) => `${name}${at}: x`).join(", ");

const withLine = (line: string): string => recipe(...line.split("\n"));

describe("what EC2 would refuse is told with its place and what would be right:", () => {
  test.each(wrong)("%s", (line, message) => {
    expect(toldOf(withLine(line))).toContain(`web.yaml:${message}`);
  });

  test("no message leaves the words to zod", () => {
    const all = wrong.map(([line]) => toldOf(withLine(line))).join("\n");
    expect(all).not.toMatch(/Invalid|expected|received|undefined|NaN|\[object/);
  });

  test("more tags than EC2 takes on a snapshot, with the image's own", () => {
    const text = recipe(`tags: { ${thirty("a")} }`, `aws: { snapshot_tags: { ${thirty("b")} } }`);
    expect(toldOf(text)).toBe(
      "web.yaml:5:25: with the image's, 60 tags are given; give at most 41: EC2 takes 50, and the bake adds 9 of its own",
    );
  });
});

describe("a dynamic parameter", () => {
  const text = recipe(
    "region: ${BUILD_REGION}",
    "subnet: ${IMAGE_BUILDER_SUBNET_ID}",
    "security_group: ${IMAGE_BUILDER_SECURITY_GROUP_ID}",
    "configure: { files: [{ path: /etc/region, content: 'in ${BUILD_REGION}' }] }",
  );

  test("is filled in by a bake on AWS, without being declared", () => {
    const { builder, steps, parameters } = onAws(text);
    expect(builder).toMatchObject({
      ...{ region: "eu-west-1", subnet: "subnet-0a1b2c3d", securityGroup: "sg-0a1b2c3d" },
    });
    expect(steps[0]).toMatchObject({ files: [{ content: "in eu-west-1" }] });
    expect(parameters).toEqual({});
  });

  test("is refused on one machine, with its place", () => {
    expect(toldOf(text).split("\n")).toEqual([
      "web.yaml:4:11: only a bake on AWS fills in ${BUILD_REGION}, and this one is on one machine; bake with --on aws, or declare BUILD_REGION under parameters and give it a value",
      expect.stringMatching(/^web.yaml:5:11: .*IMAGE_BUILDER_SUBNET_ID/),
      expect.stringMatching(/^web.yaml:6:19: .*IMAGE_BUILDER_SECURITY_GROUP_ID/),
      expect.stringMatching(/^web.yaml:7:54: .*BUILD_REGION/),
    ]);
  });

  test("is no complaint in a step that is skipped, and none where it is escaped", () => {
    const skipped = recipe(
      "parameters: { ON: { default: a } }",
      "configure:",
      "  - { files: [{ path: /a, content: '${BUILD_REGION}' }], when: { ON: b } }",
      "  - { files: [{ path: /a, content: '$${BUILD_REGION}' }] }",
    );
    expect(toldOf(skipped)).toBe("");
  });

  test("that is declared is as any other, on AWS too", () => {
    const declared = `${text.replace("region:", "description:")}  parameters: { BUILD_REGION: {}, IMAGE_BUILDER_SUBNET_ID: { default: subnet-1a2b3c4d } }\n`;
    expect(onAws(declared, { BUILD_REGION: "here" })).toMatchObject({
      ...{ description: "here", parameters: { BUILD_REGION: "here" } },
      builder: { subnet: "subnet-1a2b3c4d", securityGroup: "sg-0a1b2c3d" },
    });
    expect(told(() => onAws(declared))).toMatch(/BUILD_REGION has no value/);
  });

  test("is right wherever no bake is asked for, and its value is judged by its form", () => {
    expect(anywhere(text)).toBe("");
    expect(anywhere(recipe("region: eu-west-1"))).toBe("");
    expect(anywhere(recipe("security_group: ${IMAGE_BUILDER_SUBNET_ID}"))).toMatch(
      /security_group cannot be "subnet-/,
    );
  });

  test("says where the bake is: a recipe for another region is refused", () => {
    expect(onAws(recipe("region: eu-west-1")).builder.region).toBe("eu-west-1");
    expect(told(() => onAws(recipe("region: us-east-1")))).toBe(
      "web.yaml:4:11: the recipe is for us-east-1, and this bakery is in eu-west-1; drop it in the bakery of us-east-1, or write ${BUILD_REGION}, or leave region out",
    );
  });

  test("of a key to log in by is none: builders have no key", () => {
    expect(toldOf(recipe("ssh_key: ${IMAGE_BUILDER_SSH_KEY}"))).toBe(
      "web.yaml:4:3: there is no ssh_key; leave it out: a builder has no key and nobody logs in to it, as its agent is started by Systems Manager",
    );
    expect(toldOf(recipe("description: ${IMAGE_BUILDER_SSH_KEY}"))).toBe(
      "web.yaml:4:16: ${IMAGE_BUILDER_SSH_KEY} is nothing: builders have no key; leave it out: nobody logs in to a builder, whose agent Systems Manager starts",
    );
  });
});

const origins: [origin: string, told: string][] = [
  [
    "{ filter: { name: 'al2023-*' } }",
    "3:21: owners is missing; add owners: [self], [amazon] or accounts' ids; without one, anybody could publish an image that fits, and it would be baked here",
  ],
  ["{ filter: { owners: [], name: a } }", "3:31: owners is an empty list; add owners: [self]"],
  [
    "{ filter: { owners: [aws-marketplace], name: a } }",
    '3:32: owners entry 1 cannot be "aws-marketplace"; an owner is self, amazon, or an account\'s id, 12 digits in quotes, as in "099720109477"; what the Marketplace sells loses its billing codes in a bake',
  ],
  [
    "{ filter: { owners: ['*'], name: a } }",
    '3:32: owners entry 1 cannot be "*"; an owner is self, amazon, or an account\'s id',
  ],
  [
    "{ filter: { owners: [099720109477], name: a } }",
    "3:32: owners entry 1 is 99720109477, a number; an owner is self",
  ],
  [
    "{ filter: { owners: amazon } }",
    '3:21: any image of the owners\' would fit; add a filter, as in name: "al2023-ami-2023.*"',
  ],
  [
    "{ filter: { owners: amazon, root_device_type: ebs } }",
    '3:39: EC2 has no filter "root_device_type"; did you mean "root-device-type"?',
  ],
  [
    "{ filter: { owners: amazon, nonsensical: ebs } }",
    '3:39: EC2 has no filter "nonsensical"; the filters are EC2\'s: name, architecture, tag:KEY, description and creation-date and others',
  ],
  [
    "{ filter: { owner: amazon, name: a } }",
    '3:21: owners is missing; add owners: [self], [amazon] or accounts\' ids; without one, anybody could publish an image that fits, and it would be baked here\nweb.yaml:3:23: EC2 has no filter "owner"; did you mean "owners"?',
  ],
  ["{ filter: { owners: amazon, name: [] } }", "3:45: name is an empty list; write text, or"],
  ["{ filter: { owners: amazon, name: 5 } }", "3:45: name is 5, a number; write text, or"],
  ["{ parameter: /a//b }", '3:24: parameter cannot be "/a//b"; a parameter is named as'],
  [
    "{ parameter: /a, image: ami-0a1b2c3d }",
    "3:13: image and parameter are both given; keep one of them",
  ],
  ["img-1", '3:11: origin cannot be "img-1"; write scratch, the id of an image, or a map'],
];

describe("an origin that is wrong is told with its place and what would be right:", () => {
  test.each(origins)("%s", (origin, message) => {
    expect(toldOf(recipe().replace("scratch", origin))).toContain(`web.yaml:${message}`);
  });
});
