import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { propertyNames } from "../../config/schema-paths.ts";
import { ConfigError, configFromStackFile } from "../../config.ts";
import { createStack } from "../../stack/create.ts";
import { checkName, newStackFile, tierOf, withEnvironment } from "../../stack/new.ts";
import { PER_STACK } from "../../stack/per-stack.ts";
import { HOST_KEY } from "../configs.ts";

const ROOT = new URL("../../", import.meta.url);
const example = (stack: string): string => readFileSync(new URL(`Pulumi.${stack}.yaml`, ROOT), "utf8");

const PROD = { name: "prod", from: "dev", tier: "production" } as const;

/** Everything that two stacks cannot share, in one file. */
const FULL = `# yaml-language-server: $schema=./config/stack.schema.json
# Look: npm run render -- --stack dev --out rendered; not --stack devel.
encryptionsalt: v1:salt
secretsprovider: gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/dev
encryptedkey: AAAA
config:
  # The token.
  gitlab:token:
    secure: v1:token
  gitlab:baseUrl: https://gitlab.example.com/api/v4/
  gcp:project: acme-dev
  buildx-runners:fleets:
    - name: linux # the only one
      scope: { project: acme/shop }
      tags: [buildx-dev, arm]
      hosts:
        - privateKey: { secure: v1:first }
          # Of the rack.
          address: a.example.com
          user: admin
          hostKey: ${HOST_KEY}
          takeOver: old/linux
          bastion: { address: b.example.com, user: u, hostKey: "${HOST_KEY}", privateKey: { secure: v1:jump } }
        - { address: c.example.com, user: admin, hostKey: "${HOST_KEY}", gone: true }
  buildx-runners:projects:
    - path: acme/shop
      adopt: true
      fleet: linux
      registry: { image: registry.example.com/acme/shop, user: ci, password: { secure: v1:password } }
      mirrors:
        - { image: mirror.example.com/acme/shop, user: ci, password: { secure: v1:mirror } }
      signing:
        key: { secure: v1:key }
        password: { secure: v1:pass }
        publicKey: dev's key
      backup:
        bucket: s3://acme-backups/shop
        accessKeyId: AKIDEXAMPLE0
        # Of the key.
        secretAccessKey:
          secure: v1:backup
      images: [{ name: app }]
`;

/** What the check says of a stack file. */
function said(text: string): readonly string[] {
  try {
    configFromStackFile(text, "prod", "Pulumi.prod.yaml");
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe("a new stack's file", () => {
  const made = newStackFile(FULL, PROD);

  it("holds no secret of the other one, and a command for each", () => {
    expect(made.text).not.toMatch(/secure|v1:|encryptedkey|encryptionsalt|secretsprovider/);
    expect(made.commands).toEqual([
      "pulumi config set --stack prod --secret gitlab:token",
      "pulumi config set --stack prod --secret --path 'buildx-runners:fleets[0].hosts[0].privateKey' < ~/.ssh/id_ed25519",
      "pulumi config set --stack prod --secret --path 'buildx-runners:fleets[0].hosts[0].bastion.privateKey' < ~/.ssh/id_ed25519",
      "pulumi config set --stack prod --secret --path 'buildx-runners:projects[0].registry.password'",
      "pulumi config set --stack prod --secret --path 'buildx-runners:projects[0].mirrors[0].password'",
      "pulumi config set --stack prod --secret --path 'buildx-runners:projects[0].signing.key'",
      "pulumi config set --stack prod --secret --path 'buildx-runners:projects[0].signing.password'",
      "pulumi config set --stack prod --secret --path 'buildx-runners:projects[0].backup.secretAccessKey'",
    ]);
    for (const command of made.commands) expect(made.text).toContain(`# ${command}\n`);
    expect(made.secretsProvider).toBe("gcpkms://projects/p/locations/l/keyRings/r/cryptoKeys/dev");
  });

  it("leaves every place open that two stacks cannot share, and the check names each in a sentence", () => {
    const sentences = said(made.text);
    for (const key of made.open)
      expect(
        sentences.filter((sentence) => sentence.startsWith(`${key} is not filled in: set it to `)),
      ).toHaveLength(1);
    expect(made.open.map((key) => key.replace(/^buildx-runners:/, ""))).toEqual([
      "gcp:project",
      "fleets[0].scope.project",
      "fleets[0].hosts[0].address",
      "fleets[0].hosts[0].hostKey",
      "fleets[0].hosts[1].address",
      "fleets[0].hosts[1].hostKey",
      "projects[0].path",
      "projects[0].registry.image",
      "projects[0].mirrors[0].image",
      "projects[0].signing.publicKey",
      "projects[0].backup.bucket",
      "projects[0].backup.accessKeyId",
    ]);
    expect(sentences.join("\n")).toMatch(/registry\.password: missing/);
    expect(made.text).not.toMatch(/acme-dev|acme\/shop|a\.example\.com|acme-backups/);
  });

  it("has tags that no job of the other stack asks for, and nothing of its past", () => {
    const { config } = parse(made.text) as { config: Record<string, never> };
    expect(config["buildx-runners:fleets"]).toMatchObject([{ tags: ["buildx-prod", "arm-prod"] }]);
    expect(config["buildx-runners:projects"]).toMatchObject([{ adopt: false }]);
    expect(made.text).not.toMatch(/takeOver|gone/);
  });

  it("keeps what people wrote beside it", () => {
    for (const comment of ["# The token.", "# the only one", "# Of the rack.", "# Of the key."])
      expect(made.text).toContain(comment);
    expect(made.text).toContain("# Look: npm run render -- --stack prod --out rendered; not --stack devel.");
    expect(made.text.split("\n")[0]).toBe("# yaml-language-server: $schema=./config/stack.schema.json");
  });

  it("is protected in production, and only there", () => {
    expect(parse(made.text)).toMatchObject({ config: { "buildx-runners:protect": true } });
    const staging = newStackFile(FULL, { ...PROD, name: "qa", tier: "testing" });
    expect(staging.text).not.toContain("protect: true");
  });

  it.each(["dev", "gcp", "gcp-autoscaler"])(
    "of Pulumi.%s.yaml is complete once its places are filled",
    (from) => {
      const copy = newStackFile(example(from), { ...PROD, from });
      expect(said(copy.text).length).toBe(copy.open.length);
      const filled = copy.text
        .replace(/"<fill in: the machine's public key[^>]*>"/g, HOST_KEY)
        .replace(/"<fill in: the machine's name[^>]*>"/g, "10.0.0.9")
        .replace(/"<fill in: the Google[^>]*>"/g, "acme-prod")
        .replace(/"<fill in: the project[^>]*>"/g, "acme/prod");
      expect(said(filled)).toEqual([]);
    },
  );

  it("is refused where a YAML alias may stand for what is not to be shared", () => {
    const text = `config:\n  a:x: &a one\n  b:y: *a\n`;
    expect(() => newStackFile(text, PROD)).toThrow(/Pulumi\.dev\.yaml has the YAML alias \*a/);
    expect(() => newStackFile("config: [", PROD)).toThrow(/is not YAML/);
    expect(() => newStackFile("a: 1\n", PROD)).toThrow(/has no configuration/);
  });
});

it("asks for keys that the schema has", () => {
  for (const key of Object.keys(PER_STACK).filter((one) => !one.includes(":"))) {
    const parts = key.split(".").flatMap((part) => (part.endsWith("[]") ? [part.slice(0, -2), 0] : [part]));
    const name = parts.findLast((part) => typeof part === "string");
    expect(propertyNames(parts.slice(0, parts.lastIndexOf(name ?? ""))), key).toContain(name);
  }
});

describe("a name", () => {
  it.each([
    "",
    "Prod",
    "prod_eu",
    "prod/eu",
    "-prod",
    "prod-",
    "1prod",
    "a".repeat(41),
    "pröd",
    "a b",
    "../x",
  ])("%j is refused", (name) => {
    expect(() => checkName(name)).toThrow(/cannot be the name of a stack/);
  });

  it.each([
    ["prod", "production"],
    ["prod-eu", "production"],
    ["live", "production"],
    ["pre-prod", "staging"],
    ["nonprod", "staging"],
    ["staging2", "staging"],
    ["qa", "testing"],
    ["dev-anna", "development"],
    ["product", "other"],
  ])("%s speaks of tier %s", (name, tier) => {
    expect(tierOf(name)).toBe(tier);
  });
});

describe("an environment", () => {
  const TEXT =
    "# Ours.\nbackend: gs://state\nenvironments:\n  - stack: dev # first\n    tier: development\n  - stack: live\n    tier: production\n    manual: true\n";

  it("follows the one it was copied from, and is manual in production", () => {
    const text = withEnvironment(TEXT, PROD);
    expect(parse(text)).toMatchObject({
      environments: [
        { stack: "dev" },
        { stack: "prod", tier: "production", manual: true },
        { stack: "live" },
      ],
    });
    expect(text).toMatch(/^# Ours\.[\s\S]*# first/);
    expect(
      parse(withEnvironment(TEXT, { name: "qa", from: "lab", tier: "testing" })).environments,
    ).toMatchObject([{}, {}, { stack: "qa", tier: "testing" }]);
  });

  it("is there once", () => {
    expect(() => withEnvironment(TEXT, { ...PROD, name: "live" })).toThrow(/already has an environment live/);
  });
});

describe("stack:new", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "stack-new-"));
    writeFileSync(join(directory, "Pulumi.dev.yaml"), example("dev"));
    for (const file of ["delivery.yaml", ".gitlab-ci.yml"])
      writeFileSync(join(directory, file), readFileSync(new URL(file, ROOT)));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const read = (file: string): string => readFileSync(join(directory, file), "utf8");
  const all = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(directory, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => [name, read(name)]),
    );

  it("writes the stack, its environment and its pipeline, and says in order what is next", () => {
    const dev = read("Pulumi.dev.yaml");
    const next = createStack({ name: "prod", from: "dev", directory });
    expect(read("Pulumi.dev.yaml")).toBe(dev);
    expect(parse(read("delivery.yaml")).environments).toMatchObject([
      { stack: "dev" },
      { stack: "prod", tier: "production", manual: true },
    ]);
    expect(Object.keys(parse(read(".gitlab-ci.yml"), { logLevel: "error" }))).toEqual(
      expect.arrayContaining(["preview-prod", "up-prod", "up-dev"]),
    );
    expect(next).toMatch(
      /1\. set these keys in[\s\S]*2\. .*pulumi stack init prod\n[\s\S]*npm run render -- --stack prod/,
    );
    expect(Object.keys(all()).sort()).toEqual([
      ".gitlab-ci.yml",
      "Pulumi.dev.yaml",
      "Pulumi.prod.yaml",
      "delivery.yaml",
    ]);
  });

  it.each<[string, { name?: string; from?: string }, () => void, RegExp]>([
    ["a bad name", { name: "Prod" }, () => {}, /cannot be the name of a stack/],
    ["a stack that is there", { name: "dev" }, () => {}, /Pulumi\.dev\.yaml already exists/],
    [
      "a pattern that is not",
      { from: "live" },
      () => {},
      /Pulumi\.live\.yaml does not exist.* existing stacks: .*dev/,
    ],
    [
      "no environments",
      {},
      () => writeFileSync(join(directory, "delivery.yaml"), "backend: gs://x\n"),
      /has no list of environments/,
    ],
    [
      "an environment that delivery.yaml cannot have",
      {},
      () =>
        writeFileSync(
          join(directory, "delivery.yaml"),
          "backend: nowhere\nenvironments: [{ stack: dev, tier: development }]\n",
        ),
      /delivery\.yaml has 1 problem/,
    ],
    ["a file that cannot be written", {}, () => mkdirSync(join(directory, ".gitlab-ci.yml.new")), /EISDIR/],
  ])("changes nothing for %s", (_, options, prepare, message) => {
    prepare();
    const before = all();
    expect(() => createStack({ name: "prod", from: "dev", directory, ...options })).toThrow(message);
    expect(all()).toEqual(before);
  });
});
