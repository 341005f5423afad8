/*
 * What the selftest drops: small recipes, each for one thing that is to happen.
 */

/** The drop prefix, whose policy lets these recipes through and no others. */
export const prefix = "selftest";

/** Ubuntu 24.04, as builders boot it: it has an SSM agent, so that the image can be tested. */
const origin = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id";

export const policyKey = `policies/${prefix}.yaml`;
export const policy = `policy:
  images: [selftest-*]
  origins:
    { scratch: [], recipes: [], owners: [], images: [], parameters: [${origin}] }
  instances: { sizes: [small], types: [], spot: false }
  # Canonical's account, and EC2's alias for those that it vouches for
  provenance: { owners: { allowed: ["099720109477", amazon] } }
  longest_bake: 2h
  largest_volume: 16
`;

export interface TestRecipe {
  /** The image's name. */
  name: string;
  /** The object's. */
  key: string;
  text: string;
}

const recipe = (name: string, rest: string): TestRecipe => ({
  ...{ name, key: `${prefix}/${name}.yaml` },
  text: `image:
  name: ${name}
  description: A selftest of Ovenbird's baked this; it may be removed
  origin: { parameter: ${origin} }
  instance_size: small
${rest}`,
});

/** What its step says: to be seen while it bakes. */
export const spoken = "the selftest is in the oven";

/** The tag that it gives its image. */
export const recipeTag = ["selftest", "yes"] as const;

/** Becomes an image. */
export const good = recipe(
  "selftest-image",
  `  tags: { ${recipeTag.join(": ")} }
  configure:
    - name: Speak
      shell: echo ${spoken}
    - name: Leave a file
      files:
        - { path: /etc/ovenbird-selftest, content: "${spoken}\\n" }
  tests:
    - name: The file is there
      command: grep -q oven /etc/ovenbird-selftest
  aws: { imds_support: "v2.0" }
`,
);

/** The step that ends with this status, and how it is called. */
export const failing = { step: "End with 7", status: 7 } as const;

/** Fails. */
export const broken = recipe(
  "selftest-broken",
  `  configure:
    - name: ${failing.step}
      shell: exit ${failing.status}
`,
);

/** Takes so long that it is stopped in its midst. */
export const endless = recipe(
  "selftest-stopped",
  `  configure:
    - name: Wait to be stopped
      shell: sleep 1500
`,
);

/** Is refused, for a key that no recipe has. */
export const wrong = recipe("selftest-wrong", "  colour: blue\n");

/** Where what is wrong in it is, as messages have it. */
export const wrongPlace = ((): string => {
  const line = wrong.text.split("\n").findIndex((text) => text.includes("colour")) + 1;
  return `${wrong.key}:${line}:3`;
})();
